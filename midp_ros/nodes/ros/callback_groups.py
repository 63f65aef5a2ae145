"""What an executor waits for, and how often; imports rclpy.

Before every wait rclpy builds a set of all that can wake it, in Python. Of the stand-in's processor time, with its
services, actions and events, that was nearly a half.
"""

from __future__ import annotations

from typing import Any

from rclpy.callback_groups import CallbackGroup, MutuallyExclusiveCallbackGroup
from rclpy.node import Node


class LeftAlone(CallbackGroup):
    """No executor waits for its members: they are polled."""

    def can_execute(self, entity: Any) -> bool:
        return False

    def beginning_execution(self, entity: Any) -> bool:
        return False

    def ending_execution(self, entity: Any) -> None:
        """Nothing ever begins."""


class NowAndThen(MutuallyExclusiveCallbackGroup):
    """Has executors wait for what is in it only while it is open; what comes meanwhile waits in the middleware.

    Attributes:
        open: whether it is.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open = True

    def can_execute(self, entity: Any) -> bool:
        return self.open and super().can_execute(entity)


class UnhurriedNode(Node):
    """Whatever it creates without a group, services above all, is looked at now and then: when it opens `unhurried`."""

    def __init__(self, name: str, **options: Any) -> None:
        self.unhurried = NowAndThen()  # before the node's own services
        super().__init__(name, **options)

    @property
    def default_callback_group(self) -> CallbackGroup:
        """For what is created without one."""
        return self.unhurried
