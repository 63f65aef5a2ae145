"""The gripper of an arm that is led by hand: closed and opened by a call, as no node commands it; imports rclpy."""

from __future__ import annotations

from rclpy.node import Node

from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.gripper_client import GripperClient


class GuidedGripper:
    """Opens or closes, in turn; a call while the hand still moves holds for when it has ended."""

    def __init__(self, node: Node, profile: RobotProfile):
        self._client = GripperClient(node, profile.gripper_node, profile, self._on_finished)
        self._open_m, self._moves = profile.gripper_width_max_m, False
        self._closed = self._wanted = False

    def toggle(self) -> str:
        """Sends the other goal than the last one, without waiting for it; what it does, in words."""
        self._wanted = not self._wanted
        self._go_on()
        return "the gripper closes" if self._wanted else "the gripper opens"

    def close(self) -> None:
        """Leaves the gripper."""
        self._client.close()

    def _go_on(self) -> None:
        if not self._moves and self._closed != self._wanted:
            self._moves, self._closed = True, self._wanted
            self._client.send(0.0 if self._wanted else self._open_m)

    def _on_finished(self, accepted: bool) -> None:
        self._moves = False
        if not accepted:  # what was not done is not repeated by itself: the next call asks for it again
            self._closed = self._wanted = not self._closed
            return
        self._go_on()
