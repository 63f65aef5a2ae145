"""franka_gripper's actions on the simulated hand; imports simulation, franka_msgs and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from franka_msgs.action import Grasp, Homing, Move
from rclpy.action import ActionServer
from rclpy.node import Node

from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.gripper import Gripper

SETTLED_M = 2e-4  # fingers that move less than this between two looks stand still
LOOKS = 5
DEFAULT_SPEED_M_S = 0.1


class SimulatedGripper:
    """Serves `move`, `grasp` and `homing`; a goal comes back when the fingers stand still.

    Args:
        gripper: gives the present simulated gripper, which a reset replaces.
    """

    def __init__(self, node: Node, namespace: str, profile: RobotProfile, gripper: Callable[[], Gripper]):
        self._gripper, self._profile = gripper, profile
        self._running: list[Any] = []  # accepted goals, newest last
        self._widths_m: list[float] = []
        starts = {Move: self._start_move, Grasp: self._start_grasp, Homing: self._start_homing}
        ends = {Move: self._end_move, Grasp: self._end_grasp, Homing: self._end_move}
        self._servers = [
            ActionServer(
                node, kind, f"{namespace}/{kind.__name__.lower()}", ends[kind], handle_accepted_callback=starts[kind]
            )
            for kind in (Move, Grasp, Homing)
        ]

    def look(self) -> None:
        """Called regularly: ends the running goal once the fingers stand still."""
        self._widths_m = [*self._widths_m[-LOOKS:], self._gripper().width_m]
        if len(self._widths_m) > LOOKS and max(self._widths_m) - min(self._widths_m) < SETTLED_M:
            self.finish()

    def finish(self) -> None:
        """Ends every running goal as things stand, as when a reset takes the hand away."""
        running, self._running = self._running, []
        for handle in running:
            handle.execute()

    def _begin(self, handle: Any) -> None:
        self.finish()  # the hand does one thing at a time
        self._running, self._widths_m = [handle], []

    def _start_move(self, handle: Any) -> None:
        self._begin(handle)
        self._gripper().move(handle.request.width, handle.request.speed or DEFAULT_SPEED_M_S)

    def _start_grasp(self, handle: Any) -> None:
        self._begin(handle)
        request = handle.request
        # The hand closes until something stops it; the requested width only judges the result.
        self._gripper().move(0.0, request.speed or DEFAULT_SPEED_M_S, request.force or None)

    def _start_homing(self, handle: Any) -> None:
        self._begin(handle)
        self._gripper().move(self._profile.gripper_width_max_m)

    def _end_move(self, handle: Any) -> Any:
        handle.succeed()
        kind = Move if hasattr(handle.request, "width") else Homing
        return kind.Result(success=True)

    def _end_grasp(self, handle: Any) -> Grasp.Result:
        """Success as libfranka defines it: width - inner < d < width + outer."""
        request, width_m = handle.request, self._gripper().width_m
        low_m, high_m = request.width - request.epsilon.inner, request.width + request.epsilon.outer
        if low_m < width_m < high_m:
            handle.succeed()
            return Grasp.Result(success=True)
        handle.abort()
        return Grasp.Result(success=False, error=f"grasped {width_m:.4f} m, not between {low_m:.4f} and {high_m:.4f}")
