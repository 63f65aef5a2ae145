"""`franka_simulation`: speaks as the arm under franka_ros2 does; imports simulation, conversions and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

from midp_ros.core.chunk import JointTrajectory
from midp_ros.core.errors import MidpError
from midp_ros.core.stamp import seconds
from midp_ros.nodes import simulated_state
from midp_ros.nodes.conversions import target_from_message, trajectory_from_message
from midp_ros.nodes.pacing import Pacing
from midp_ros.nodes.parameters import Parameter, declare, value
from midp_ros.nodes.running import run
from midp_ros.nodes.simulated_gripper import SimulatedGripper
from midp_ros.nodes.simulated_state import SimulatedState
from midp_ros.nodes.task_status import TaskReport
from midp_ros.simulation import Simulation

PARAMETERS = (
    Parameter("task", "pick", "what is to be done"),
    Parameter("robot", "fr3", "robot profile"),
    Parameter("seed", 0, "of the episode that /task/reset starts", 0, 2**31 - 1, changeable=True),
    Parameter("real_time_factor", 1.0, "seconds of simulation per second of wall time", 0.05, 5.0),
    Parameter("arm_controller", "", "joint_trajectory_controller's name; empty means <robot>_arm_controller"),
    Parameter("stream_topic", "/joint_follower_controller/joint_targets", "where joint targets are taken from"),
    Parameter("gripper", "/franka_gripper", "namespace of the gripper"),
    *simulated_state.PARAMETERS,
)
PERIOD_S = 0.01
STATUS_PERIOD_S = 0.1


class SimulationNode(Node):
    """The stand-in for the robot and its task."""

    def __init__(self, **options: Any) -> None:
        super().__init__("franka_simulation", **options)
        declare(self, PARAMETERS)
        self._simulation = Simulation(value(self, "task"), value(self, "robot"))
        self._names = self._simulation.profile.joint_names
        self._episode = 0
        self._pacing = Pacing(value(self, "real_time_factor"))
        self._state = SimulatedState(self, self._simulation, value(self, "gripper"), self.now_s)
        self._gripper = SimulatedGripper(
            self, value(self, "gripper"), self._simulation.profile, lambda: self._simulation.gripper
        )
        controller = value(self, "arm_controller") or f"{self._simulation.profile.name}_arm_controller"
        for topic, kind, convert, what in (
            (f"/{controller}/joint_trajectory", JointTrajectoryMessage, trajectory_from_message, "trajectory"),
            (value(self, "stream_topic"), JointState, target_from_message, "joint target"),
        ):
            self.create_subscription(kind, topic, partial(self._follow, convert, what), 1)
        self._status = self.create_publisher(DiagnosticStatus, "/task/status", 10)
        self.create_service(Trigger, "/task/reset", self._on_reset)
        self._reset()
        self.create_timer(PERIOD_S, self._advance)
        self.create_timer(STATUS_PERIOD_S, self._publish_status)

    def now_s(self) -> float:
        """The node's clock [s]."""
        return seconds(self.get_clock().now().nanoseconds)

    def _reset(self) -> None:
        self._seed = value(self, "seed")
        self._gripper.finish()
        self._simulation.reset(self._seed)
        self._episode += 1
        self._pacing.start(self.now_s(), self._simulation.time_s)
        self._state.refresh()

    def _advance(self) -> None:
        self._simulation.advance(self._pacing.due_s(self.now_s(), self._simulation.time_s))
        self._state.refresh()
        self._gripper.look()

    def _follow(self, convert: Callable[..., JointTrajectory], what: str, message: Any) -> None:
        try:
            trajectory = convert(message, self._names, self.now_s())
        except MidpError as e:
            self.get_logger().warning(f"{what} refused: {e}", throttle_duration_sec=1.0)
            return
        self._simulation.follow(self._pacing.trajectory(trajectory))

    def _on_reset(self, request: Any, response: Trigger.Response) -> Trigger.Response:
        self._reset()
        response.success, response.message = True, str(self._seed)
        return response

    def _publish_status(self) -> None:
        s = self._simulation.status()
        report = TaskReport(
            self._simulation.task.name, self._simulation.profile.name, self._seed, self._episode,
            s.elapsed_s, s.success, s.done, s.position_error_m, s.rotation_error_rad,
        )  # fmt: skip
        self._status.publish(report.to_message())


def main() -> None:
    """Entry point."""
    run(SimulationNode)


if __name__ == "__main__":
    main()
