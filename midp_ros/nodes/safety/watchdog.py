"""The watchdog of a policy's node: watches the robot, and serves the operator; imports control and rclpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.control import ExternalForces
from midp_ros.control.loop.start_pose import departure
from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.nodes.safety import active_watch
from midp_ros.nodes.safety.active_watch import ActiveWatch, Commanded
from midp_ros.nodes.safety.clock_jumps import ClockJumps
from midp_ros.nodes.safety.recovery_steps import RecoverySteps
from midp_ros.nodes.safety.robot_watch import RobotWatch

PARAMETERS = active_watch.PARAMETERS
REQUESTS: dict[str, Callable[[ActiveWatch], str]] = {
    "stop": ActiveWatch.stop,
    "resume": ActiveWatch.resume,
    "recover": ActiveWatch.recover,
}


class Watchdog:
    """Lives as long as its node, and judges while a policy is active.

    Serves `~/stop`, `~/resume` and `~/recover`. A latched stop ends by a service or with the activation.

    Args:
        clock: the node's time [s].
    """

    def __init__(self, node: Node, clock: Callable[[], float]):
        self._node, self._clock = node, clock
        self._watch, self._steps = RobotWatch(node, clock), RecoverySteps(node)
        self._active: ActiveWatch | None = None
        for name in REQUESTS:
            node.create_service(Trigger, f"~/{name}", partial(self._serve, name))
        self._jumps = ClockJumps(node, clock, self._on_jump)

    def begin(self, commanded: Commanded) -> ActiveWatch:
        """A new activation."""
        self._active = ActiveWatch(self._node, self._watch, self._steps, self._jumps, self._clock, commanded)
        return self._active

    def end(self) -> None:
        """The activation is over."""
        self._active = None

    def request(self, name: str) -> tuple[bool, str]:
        """One of REQUESTS, as by its service: whether it was done, and the answer."""
        try:
            if self._active is None:
                raise MidpError("not active")
            return True, REQUESTS[name](self._active)
        except MidpError as e:
            return False, str(e)

    def forbids_to_send(self) -> bool:
        """Whether a plan means another motion now, as the clock has jumped; called right before sending."""
        return self._jumps.look()

    def held_rad(self, names: Sequence[str], measured_rad: Array) -> Array:
        """Where the robot holds the named joints, measured there (joints,)."""
        return departure(measured_rad, self._watch.desired_rad(names))

    def external(self) -> ExternalForces | None:
        """External forces on the arm; None where the robot publishes none."""
        return self._watch.external()

    def _on_jump(self, jump_s: float) -> None:
        if self._active is not None:
            self._active.jumped(jump_s)

    def _serve(self, name: str, request: Trigger.Request, response: Trigger.Response) -> Any:
        response.success, response.message = self.request(name)
        return response
