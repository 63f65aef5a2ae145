"""A lifecycle node that an impossible request does not end; imports rclpy."""

from __future__ import annotations

import traceback

from rclpy._rclpy_pybind11 import RCLError
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn


class RobustLifecycleNode(LifecycleNode):
    """Refuses a transition that its state does not allow, where rclpy 7.1 lets the error end the process.

    Exceptions in a transition's callback, which rclpy drops without a word, are logged. Both replace private methods
    of rclpy's LifecycleNodeMixin; where a release names them otherwise, its own behaviour stays.
    """

    def _LifecycleNodeMixin__change_state(self, transition_id: int) -> TransitionCallbackReturn:
        try:
            result: TransitionCallbackReturn = super()._LifecycleNodeMixin__change_state(transition_id)  # type: ignore
            return result
        except RCLError as e:
            self.get_logger().warning(f"refused a transition: {str(e).split(',')[0]}")
            return TransitionCallbackReturn.FAILURE

    def _LifecycleNodeMixin__execute_callback(
        self, current_state_id: int, previous_state: LifecycleState
    ) -> TransitionCallbackReturn:
        callback = self._callbacks.get(current_state_id)
        try:
            return callback(previous_state) if callback else TransitionCallbackReturn.SUCCESS
        except Exception:
            self.get_logger().error(f"a transition failed:\n{traceback.format_exc()}")
            return TransitionCallbackReturn.ERROR
