"""An operator's actions on the robot: user stop, guiding, pushing, restart; imports simulation and rclpy.

A real robot has buttons and hands for these; only a stand-in has topics and services.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from geometry_msgs.msg import WrenchStamped
from rclpy.node import Node
from std_srvs.srv import SetBool, Trigger

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError

PUSH_S = 0.2  # a push ends this long after its last message
STRONGEST = np.array([200.0, 200.0, 200.0, 20.0, 20.0, 20.0])  # push of a person [N], [Nm]; what is more is cut


class HandledRobot(Protocol):
    """A simulated robot in a person's hands; its methods are those of Robot."""

    def press_user_stop(self, pressed: bool) -> None:
        """The black button."""

    def guide(self, guided: bool) -> None:
        """Lets a person drag the arm, or holds it again."""

    def push(self, wrench: Array | None) -> None:
        """A person's wrench (6,) from now on; None for none."""

    def restart_control(self) -> None:
        """Starts the control node again."""


class StandInControls:
    """Serves `~/user_stop`, `~/guiding` and `~/restart_control`, and takes `~/external_wrench`.

    The wrench acts on the tool frame's origin, in the base's axes.

    Args:
        robot: gives the present robot, which a reset replaces.
        now_s: the graph's time.
    """

    def __init__(self, node: Node, robot: Callable[[], HandledRobot], now_s: Callable[[], float]):
        self._robot, self._now_s = robot, now_s
        self._pushed_s = 0.0
        node.create_service(SetBool, "~/user_stop", self._switch(lambda on: robot().press_user_stop(on)))
        node.create_service(SetBool, "~/guiding", self._switch(lambda on: robot().guide(on)))
        node.create_service(Trigger, "~/restart_control", self._on_restart)
        node.create_subscription(WrenchStamped, "~/external_wrench", self._on_wrench, 1)

    def look(self) -> None:
        """Called regularly: ends a push that is not repeated."""
        if self._pushed_s and self._now_s() - self._pushed_s > PUSH_S:
            self._pushed_s = 0.0
            self._robot().push(None)

    def _on_wrench(self, message: WrenchStamped) -> None:
        f, t = message.wrench.force, message.wrench.torque
        wrench = np.array([f.x, f.y, f.z, t.x, t.y, t.z])
        if np.isfinite(wrench).all():
            self._pushed_s = self._now_s()
            self._robot().push(wrench.clip(-STRONGEST, STRONGEST))

    def _on_restart(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._robot().restart_control()
        response.success = True
        return response

    @staticmethod
    def _switch(switch: Callable[[bool], None]) -> Callable[[Any, Any], Any]:
        def answer(request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
            try:
                switch(request.data)
                response.success = True
            except MidpError as e:
                response.success, response.message = False, str(e)
            return response

        return answer
