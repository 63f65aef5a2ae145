"""`franka_simulation` as a control box: libfranka's clients drive the arm, the task stays on ROS; imports rclpy."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile

from midp_ros.core.errors import MidpError
from midp_ros.core.files.name_lock import NameLock
from midp_ros.core.stamp import seconds
from midp_ros.fci.server import FciProcess
from midp_ros.fci.server.fci_server import HOST, PACING
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.control_box.scene import Scene
from midp_ros.nodes.paths import path_parameters
from midp_ros.nodes.ros import robot_names
from midp_ros.nodes.ros.conversions import pose_message
from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.real_time import STAND_IN_PRIORITY
from midp_ros.nodes.stand_in import simulated_gripper
from midp_ros.nodes.stand_in.reflex_log import ReflexLog
from midp_ros.nodes.stand_in.second_robot import TOPIC, SecondRobotError
from midp_ros.nodes.stand_in.simulated_gripper import HandTiming
from midp_ros.nodes.stand_in.stand_in_controls import StandInControls
from midp_ros.nodes.stand_in.task_topics import TaskTopics
from midp_ros.simulation import make_task

PARAMETERS = (
    Parameter("task", "pick", "what is to be done"),
    Parameter("robot", "fr3", "robot profile: a name or a YAML file", is_path=True),
    Parameter("seed", 0, "of the episode that /task/reset starts", 0, 2**31 - 1, changeable=True),
    Parameter("robot_ip", HOST, "address to listen on; any client that reaches it can move the arm, without password"),
    Parameter("pacing", "real_time", "who sets the pace: real_time, or the client, command by command", choices=PACING),
    Parameter("task_rate_hz", 30.0, "of the task's poses, as a camera would give them [Hz]", 1.0, 200.0),
    *path_parameters.PARAMETERS,
    *robot_names.NAMES,
    *simulated_gripper.TIMING,
)


class ControlBoxNode(Node):
    """Starts the server in a process of its own, and publishes what the wire does not carry."""

    def __init__(self, **options: Any) -> None:
        super().__init__("franka_simulation", **options)
        declare(self, PARAMETERS)
        self.exit_code: int | None = None
        host = value(self, "robot_ip")
        profile = robot_names.named_profile(self, RobotProfile.load(value(self, "robot")))
        task = make_task(value(self, "task"), path_parameters.drawn_path(self))
        timing = HandTiming(value(self, "gripper_start_s"), value(self, "gripper_settle_s"))
        self._alone = self._require_alone()
        try:
            robot, pacing = value(self, "robot"), value(self, "pacing")
            self._server = FciProcess(task, robot, host, pacing, timing, STAND_IN_PRIORITY)
        except MidpError:
            self._alone.close()
            raise
        if not _loopback(host):
            self.get_logger().warning(f"the arm obeys everything that reaches {host}:1337; FCI knows no password")
        self._scene = scene = Scene(self._server, task.name, profile)
        self._reflexes = ReflexLog(self.get_logger(), lambda: scene, lambda: 0.0)
        self._task = TaskTopics(self, scene, self._reset, lambda: self._reflexes.total)
        self._controls = StandInControls(self, lambda: scene, self._now_s)
        self._poses = {
            name: self.create_publisher(PoseStamped, f"task/{name}_pose", QoSProfile(depth=1)) for name in scene.poses
        }
        self._frame = profile.base_frame
        self._timer = self.create_timer(1.0 / value(self, "task_rate_hz"), self._look)
        self.get_logger().info(f"FCI listens on {host}, ports 1337 and 1338: give {host} as robot_ip to its clients")

    def close(self) -> None:
        """Ends the server."""
        self._server.close()
        self._alone.close()

    def _require_alone(self) -> NameLock:
        """The right to the task's topics, which one simulation of this machine has; raises SecondRobotError."""
        domain = int(self.context.get_domain_id())
        lock = NameLock(f"{domain} {self.resolve_topic_name(TOPIC)}", self.get_fully_qualified_name())
        if lock.holder:
            raise SecondRobotError(
                f"{lock.holder} is in ROS domain {domain} already, and both would publish the task's topics: end it, "
                "or start this simulation with another ROS_DOMAIN_ID or in a namespace (namespace:=NAME)"
            )
        return lock

    def _now_s(self) -> float:
        return seconds(self.get_clock().now().nanoseconds)

    def _reset(self) -> int:
        seed: int = value(self, "seed")
        self._scene.reset(seed)
        return seed

    def _look(self) -> None:
        try:
            self._scene.look()
            self._controls.look()
        except MidpError as e:
            self.get_logger().fatal(str(e))
            self.exit_code = 1
            return
        self._reflexes.look()
        now_s = self._now_s()
        for name, publisher in self._poses.items():
            publisher.publish(pose_message(self._scene.poses[name], self._frame, now_s))
        self._task.publish(now_s)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
