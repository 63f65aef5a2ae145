"""An action server whose goals end later, by a call; imports rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node


class DeferredActionServer(ActionServer):
    """Accepts goals and every cancel; `end` brings the result.

    rclpy would have a callback that waits for the end: it either blocks the executor or is polled at full load.

    Args:
        accepted: called with each new goal, which is executing by then.
        acceptable: whether to take a goal at all.
    """

    def __init__(
        self,
        node: Node,
        kind: Any,
        name: str,
        accepted: Callable[[Any], None],
        acceptable: Callable[[Any], bool] = lambda goal: True,
        callback_group: CallbackGroup | None = None,
    ):
        def begin(handle: Any) -> None:
            handle.execute()
            accepted(handle)

        super().__init__(
            node,
            kind,
            name,
            lambda handle: None,
            callback_group=callback_group,
            handle_accepted_callback=begin,
            goal_callback=lambda goal: GoalResponse.ACCEPT if acceptable(goal) else GoalResponse.REJECT,
            cancel_callback=lambda request: CancelResponse.ACCEPT,
        )

    def notify_execute(self, goal_handle: Any, execute_callback: Callable[[Any], Any] | None) -> None:
        """Runs the callback of `end`, and nothing when a goal begins."""
        if execute_callback is not None:
            super().notify_execute(goal_handle, execute_callback)

    def end(self, handle: Any, succeeded: bool, result: Any) -> None:
        """Ends a goal: canceled where that was asked for, else succeeded or aborted."""

        def finish(handle: Any) -> Any:
            if handle.is_cancel_requested:
                handle.canceled()
            elif succeeded:
                handle.succeed()
            else:
                handle.abort()
            return result

        self.notify_execute(handle, finish)
