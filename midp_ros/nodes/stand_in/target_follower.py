"""joint_follower_controller's input and state on the simulated robot; imports simulation and rclpy."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from midp_ros.core.errors import CommandError
from midp_ros.nodes.ros.conversions import target_from_message
from midp_ros.nodes.stand_in.command_queue import CommandQueue
from midp_ros.nodes.stand_in.simulation_clock import SimulationClock
from midp_ros.simulation.arm.robot import Robot

DEPTH = 500  # a second of targets at 500 Hz


class TargetFollower:
    """Receives joint targets, and publishes `<name>/state` on change; it is latched for late subscribers.

    Args:
        targets: the input's topic.
        robot: gives the present robot, which a reset replaces.
        clock: from stamps to the simulation's time.
        commands: brings the targets.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        targets: str,
        robot: Callable[[], Robot],
        clock: SimulationClock,
        commands: CommandQueue,
    ):
        self._logger, self._robot, self._clock = node.get_logger(), robot, clock
        self._said = ""
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._state = node.create_publisher(String, f"{name}/state", latched)
        commands.subscribe(JointState, targets, self._on_target, DEPTH)

    def look(self) -> None:
        """Called regularly: publishes a new state."""
        state = self._robot().follower.state.value
        if state != self._said:
            self._said = state
            self._state.publish(String(data=state))

    def _on_target(self, message: JointState) -> None:
        stamp_s, target_rad = target_from_message(message)
        try:
            self._robot().follow_target(target_rad, self._clock.simulation_time(stamp_s))
        except CommandError as e:
            self._logger.warning(f"joint target refused: {e}", throttle_duration_sec=1.0)
