"""Sends gripper goals to franka_gripper's actions without ever waiting for them; imports franka_msgs and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from franka_msgs.action import Grasp, Move
from franka_msgs.msg import GraspEpsilon
from rclpy.action import ActionClient
from rclpy.node import Node

from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.ros.steady_timer import Deadline

SPEED_M_S = 0.1  # franka_ros2's own example uses this for both
# A command takes about a second; one that has not ended after so long was given to a server that is gone.
LONGEST_GOAL_S = 10.0
NOT_HOMED = "Command failed!"  # libfranka's only words where a hand does not know its widest opening


class GripperClient:
    """Opens by `move` and closes by `grasp`, whatever the thickness of what is in between.

    A goal that does not end in time is given up, so that a server that comes back is asked again.

    Args:
        namespace: where the gripper's actions are, e.g. `/franka_gripper`.
        finished: called with whether a goal was accepted, once it has ended or was given up.
        longest_goal_s: until a goal is given up [s].
    """

    def __init__(
        self,
        node: Node,
        namespace: str,
        profile: RobotProfile,
        finished: Callable[[bool], None],
        longest_goal_s: float = LONGEST_GOAL_S,
    ):
        self._node, self._profile, self._finished = node, profile, finished
        self._namespace, self._longest_s = namespace, longest_goal_s
        self._move = ActionClient(node, Move, f"{namespace}/move")
        self._grasp = ActionClient(node, Grasp, f"{namespace}/grasp")
        self._number = 0  # of the goal that is under way; answers to earlier ones are ignored
        self._deadline = Deadline(node, self._give_up)

    def send(self, width_m: float) -> None:
        """Drives to a width; zero grasps."""
        client, goal = (self._move, self._opening(width_m)) if width_m > 0 else (self._grasp, self._grasping())
        name = client._action_name
        if not client.server_is_ready():
            self._node.get_logger().warning(f"no gripper answers at {name}", throttle_duration_sec=5.0)
            self._finished(False)
            return
        self._number += 1
        self._deadline.set(self._longest_s, name)
        client.send_goal_async(goal).add_done_callback(partial(self._on_answer, self._number))

    def close(self) -> None:
        """Ends the clients."""
        self._number += 1
        self._deadline.cancel()
        self._move.destroy()
        self._grasp.destroy()

    def _opening(self, width_m: float) -> Move.Goal:
        return Move.Goal(width=width_m, speed=SPEED_M_S)

    def _grasping(self) -> Grasp.Goal:
        anything = GraspEpsilon(inner=self._profile.gripper_width_max_m, outer=self._profile.gripper_width_max_m)
        return Grasp.Goal(width=0.0, epsilon=anything, speed=SPEED_M_S, force=self._profile.gripper_force_n)

    def _on_answer(self, number: int, future: Any) -> None:
        handle = future.result()
        if number != self._number:
            return
        if not handle.accepted:
            self._end(False)
            return
        handle.get_result_async().add_done_callback(partial(self._on_result, number))

    def _on_result(self, number: int, future: Any) -> None:
        if number != self._number:
            return
        result = future.result().result
        if not result.success:
            advice = ""
            if NOT_HOMED in result.error:
                homing = f"ros2 action send_goal {self._namespace}/homing franka_msgs/action/Homing {{}}"
                advice = f"; a hand has to be homed once after it was switched on: {homing}"
            self._node.get_logger().warning(f"the gripper failed: {result.error}{advice}")
        self._end(True)

    def _give_up(self, name: str) -> None:
        self._node.get_logger().warning(
            f"{name} has not ended a goal within {self._longest_s:g} s: it is given up, and sent again if still wanted"
        )
        self._end(False)

    def _end(self, accepted: bool) -> None:
        self._number += 1
        self._deadline.cancel()
        self._finished(accepted)
