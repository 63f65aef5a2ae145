"""`midp doctor` as a user calls it, over real DDS, on a small robot of this process: a healthy one and a sick one."""

import json
import os
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest
import rclpy
from franka_msgs.action import ErrorRecovery, Grasp, Homing, Move
from franka_msgs.msg import FrankaRobotState
from geometry_msgs.msg import PoseStamped
from rclpy.action import ActionServer
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectory

from midp_ros.core.pose import Pose
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.doctor.graph_reading import message_type, plain
from midp_ros.nodes.doctor.scene_listener import LATCHED
from midp_ros.nodes.ros.conversions import joint_state_message, pose_message
from midp_ros.nodes.ros.frame_conversions import transform_message

BROADCASTER = "/franka_robot_state_broadcaster"
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
RATE_HZ = 60.0


class SmallRobot:
    """The topics and actions of an FR3 that the doctor asks for, with faults on demand."""

    def __init__(self, graph, robot="fr3", gripper="/franka_gripper", shift_s=0.0, mode=1, frame=""):
        self.node = graph.add(rclpy.create_node("small_robot"))
        self.profile, self.shift_s = RobotProfile.load(robot), shift_s
        names, fingers = self.profile.joint_names, self.profile.finger_joint_names
        position = self.profile.ready_rad
        self.publish(JointState, "/franka/joint_states", lambda t: joint_state_message(names, t, position))
        both = (names + fingers, [*position, 0.02, 0.02])
        self.publish(JointState, "/joint_states", lambda t: joint_state_message(both[0], t, both[1]))
        self.publish(JointState, f"{gripper}/joint_states", lambda t: joint_state_message(fingers, t, [0.02, 0.02]))
        pose, frame = Pose.from_quaternion([0.4, 0.0, 0.4], [1, 0, 0, 0]), frame or self.profile.base_frame
        self.publish(PoseStamped, f"{BROADCASTER}/current_pose", lambda t: pose_message(pose, frame, t), BEST_EFFORT)
        state = FrankaRobotState(robot_mode=mode, control_command_success_rate=1.0)
        state.current_errors.joint_reflex = mode == FrankaRobotState.ROBOT_MODE_REFLEX
        self.publish(FrankaRobotState, f"{BROADCASTER}/robot_state", partial(self.stamped, state))
        actions = {f"{gripper}/{kind.__name__.lower()}": kind for kind in (Homing, Move, Grasp)}
        actions["/action_server/error_recovery"] = ErrorRecovery
        self.servers = [ActionServer(self.node, kind, name, print) for name, kind in actions.items()]
        self.node.create_subscription(JointTrajectory, "/fr3_arm_controller/joint_trajectory", print, 1)

    def close(self):
        for server in self.servers:  # outlive their node otherwise
            server.destroy()

    def publish(self, kind, topic, make, qos=1):
        publisher = self.node.create_publisher(kind, topic, qos)
        self.node.create_timer(1.0 / RATE_HZ, lambda: publisher.publish(make(time.time() + self.shift_s)))

    def stamped(self, state, time_s):
        state.header = joint_state_message([], time_s, []).header
        return state


@pytest.fixture
def small_robot(graph):
    robots = []
    yield lambda **faults: robots.append(SmallRobot(graph, **faults)) or robots[-1]
    for robot in robots:
        robot.close()


@pytest.fixture
def doctor(graph):
    """Runs `midp doctor` beside the graph of this process; gives exit code, the rows by check, and the summary."""

    def run(*arguments):
        command = [sys.executable, "-m", "midp_ros.cli.main", "doctor", *arguments]
        environment = {**os.environ, "COLUMNS": "80", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            assert graph.spin_until(lambda: process.poll() is not None, 60.0)
            output, errors = process.communicate()
        finally:
            process.kill()
        return process.returncode, output, errors

    return run


def report(output):
    told = json.loads(output)
    return {row["check"]: row for row in told["rows"]}, told["summary"]


def test_a_healthy_robot_passes(graph, small_robot, doctor):
    robot = small_robot(frame="table")
    stands = transform_message("table", "fr3_link0", Pose(np.array([0.0, 0.0, 0.1]), np.eye(3)), 0.0)
    robot.node.create_publisher(TFMessage, "/tf_static", LATCHED).publish(TFMessage(transforms=[stands]))
    description = String(data=robot.profile.urdf_path.read_text())
    robot.node.create_publisher(String, "robot_description", LATCHED).publish(description)
    commander = graph.add(rclpy.create_node("commander"))
    commander.create_publisher(JointTrajectory, "/fr3_arm_controller/joint_trajectory", 1)
    code, output, errors = doctor("--json", "--seconds", "1.5")
    rows, summary = report(output)
    assert code == 0, output
    assert summary["failed"] == 0 and summary["ok"] > 25
    assert rows["network: this process"]["found"].startswith(f"domain {os.environ['ROS_DOMAIN_ID']}, discovery LOCAL")
    arm = "/franka/joint_states"
    for check, found in {
        f"{arm}: publishers": "from /small_robot",
        f"{arm}: type": "JointState",
        f"{arm}: names": "fr3_joint1 .. fr3_joint7",
        f"{BROADCASTER}/current_pose: qos": "best effort",
        f"{BROADCASTER}/current_pose: frame": "'table', by /tf: table -> fr3_link0",
        "/robot_description: limits": "those of fr3",
        "arm: mode": "IDLE",
        "arm: errors": "no errors",
        "gripper: actions": "/franka_gripper",
        "/action_server/error_recovery: action": "franka_msgs/action/ErrorRecovery",
        "/fr3_arm_controller/joint_trajectory: publishers": "commanded by /commander",
    }.items():
        assert (rows[check]["found"], rows[check]["status"]) == (found, "ok")
    assert 10 < float(rows[f"{arm}: rate"]["found"].removesuffix(" Hz")) < 66
    assert rows[f"{arm}: stamp"]["status"] in ("ok", "warning")
    assert rows["/service_server: services"]["status"] == "warning" and rows["/service_server: services"]["remedy"]


def test_a_sick_robot_fails_with_a_remedy_in_each_row(graph, small_robot, doctor):
    small_robot(robot="panda", gripper="/panda_gripper", shift_s=-20.0, mode=FrankaRobotState.ROBOT_MODE_REFLEX)
    others = [graph.add(rclpy.create_node(name)) for name in ("policy", "expert")]
    for node in others:
        node.create_publisher(JointTrajectory, "/fr3_arm_controller/joint_trajectory", 1)
    others[0].create_subscription(PoseStamped, f"{BROADCASTER}/current_pose", print, 1)
    code, output, errors = doctor("--json", "--seconds", "1", "--contract", "pick")
    rows, summary = report(output)
    assert code == 1, errors
    assert summary["result"] == "failed"
    assert all(bool(row["remedy"]) == (row["status"] != "ok") for row in rows.values())
    for check, word in {
        "/franka/joint_states: names": "--robot panda",
        "/franka/joint_states: stamp": "another clock",
        f"{BROADCASTER}/current_pose: stamp": "another clock",
        "/task/object_pose: presence": "'pick'",
        "arm: mode": "/action_server/error_recovery",
        "arm: errors": "recover",
        "gripper: actions": "--gripper /panda_gripper",
        "/fr3_arm_controller/joint_trajectory: publishers": "stop all but one",
    }.items():
        assert rows[check]["status"] == "failed" and word in rows[check]["remedy"], rows[check]
    assert rows["arm: errors"]["found"] == "joint_reflex"
    assert "/expert" in rows["/fr3_arm_controller/joint_trajectory: publishers"]["found"]
    deaf = rows[f"{BROADCASTER}/current_pose: qos"]
    assert deaf["status"] == "warning" and "/policy receives nothing" in deaf["found"]


def test_without_a_robot_the_code_is_two_and_the_network_is_explained(doctor):
    code, output, _ = doctor("--seconds", "0.5")
    assert code == 2
    assert "ROS_DOMAIN_ID" in output and "no robot found" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--robot", "ur5"), "unknown robot 'ur5'; known: fr3, panda"),
        (("--contract", "dance"), "unknown contract 'dance'; known: avoid, "),
        (("--contract", "pick", "--model", "pick"), "either --contract or --model"),
        (("--seconds", "0"), "--seconds"),
    ],
)
def test_a_user_s_mistake_is_code_two(doctor, arguments, words):
    code, _, errors = doctor(*arguments)
    assert code == 2
    assert words in " ".join(errors.split()) and "Traceback" not in errors


def test_messages_become_plain_data():
    state = plain(FrankaRobotState(robot_mode=4, ddq_d=[float(k) for k in range(7)]))
    assert state["robot_mode"] == 4 and state["ddq_d"] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert state["current_errors"]["joint_reflex"] is False
    assert state["measured_joint_state"]["header"]["stamp"] == {"sec": 0, "nanosec": 0}
    json.dumps(state)
    assert message_type("sensor_msgs/msg/JointState") is JointState
    with pytest.raises(ImportError):
        message_type("no_such_msgs/msg/Thing")
