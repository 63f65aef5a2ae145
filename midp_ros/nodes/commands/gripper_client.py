"""Sends gripper goals to franka_gripper's actions without ever waiting for them; imports franka_msgs and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from franka_msgs.action import Grasp, Move
from franka_msgs.msg import GraspEpsilon
from rclpy.action import ActionClient
from rclpy.node import Node

from midp_ros.kinematics import RobotProfile

SPEED_M_S = 0.1  # franka_ros2's own example uses this for both


class GripperClient:
    """Opens by `move` and closes by `grasp`, whatever the thickness of what is in between.

    Args:
        namespace: where the gripper's actions are, e.g. `/franka_gripper`.
        finished: told whether a goal was accepted, once it has come back.
    """

    def __init__(self, node: Node, namespace: str, profile: RobotProfile, finished: Callable[[bool], None]):
        self._node, self._profile, self._finished = node, profile, finished
        self._move = ActionClient(node, Move, f"{namespace}/move")
        self._grasp = ActionClient(node, Grasp, f"{namespace}/grasp")

    def send(self, width_m: float) -> None:
        """Drives to a width; zero grasps."""
        client, goal = (self._move, self._opening(width_m)) if width_m > 0 else (self._grasp, self._grasping())
        if not client.server_is_ready():
            self._node.get_logger().warning(f"no gripper answers at {client._action_name}", throttle_duration_sec=5.0)
            self._finished(False)
            return
        client.send_goal_async(goal).add_done_callback(self._answered)

    def close(self) -> None:
        """Ends the clients."""
        self._move.destroy()
        self._grasp.destroy()

    def _opening(self, width_m: float) -> Move.Goal:
        return Move.Goal(width=width_m, speed=SPEED_M_S)

    def _grasping(self) -> Grasp.Goal:
        anything = GraspEpsilon(inner=self._profile.gripper_width_max_m, outer=self._profile.gripper_width_max_m)
        return Grasp.Goal(width=0.0, epsilon=anything, speed=SPEED_M_S, force=self._profile.gripper_force_n)

    def _answered(self, future: Any) -> None:
        handle = future.result()
        if not handle.accepted:
            self._finished(False)
            return
        handle.get_result_async().add_done_callback(self._returned)

    def _returned(self, future: Any) -> None:
        result = future.result().result
        if not result.success:
            self._node.get_logger().warning(f"the gripper failed: {result.error}")
        self._finished(True)
