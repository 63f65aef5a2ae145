"""How strict the simulated robot is, and who commands it; imports core only."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.errors import UnknownNameError

CONTROLLERS = ("trajectory", "stream", "none")
INTERFACES = ("effort", "position")


@dataclass(frozen=True)
class RobotOptions:
    """How strict the robot is, and who commands it.

    Attributes:
        reflexes: stop the arm as a Franka would; otherwise commands are only kept within the joints' positions.
        interface: `position` judges every cycle's command as Franka's joint motion generator does; `effort`, which
            Franka's own configurations of both controllers use, turns it into torques and judges what comes of it.
        controller: which of `CONTROLLERS` commands at the start.
        reactivate: after error recovery or a released user stop the controller continues by itself; on the robot the
            operator activates the hardware and the controllers again.
        interpolate_from_desired_state: of the joint_trajectory_controller.
        refuse_steps: it takes a trajectory only where that continues the running one, as the one of controllers/ does.
    """

    reflexes: bool = False
    interface: str = "position"
    controller: str = "trajectory"
    reactivate: bool = True
    interpolate_from_desired_state: bool = False
    refuse_steps: bool = False

    def __post_init__(self) -> None:
        for what, value, known in (
            ("controller", self.controller, CONTROLLERS),
            ("interface", self.interface, INTERFACES),
        ):
            if value not in known:
                raise UnknownNameError(what, value, known)
