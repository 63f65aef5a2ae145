"""Planners by name; imports core and kinematics."""

from __future__ import annotations

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.seams import PLANNERS, EntryPointError
from midp_ros.kinematics import ArmModel
from midp_ros.planning.builtin import BuiltinPlanner
from midp_ros.planning.moveit.planner import MoveItPlanner
from midp_ros.planning.request import Planner, PlannerMissingError, PlanRequest

NONE = "none"  # no planner: straight ways
MEMBERS = ("name", "plan", "close")

__all__ = ["NONE", "PLANNERS", "AutoPlanner", "make_planner", "planner_or_none"]


def make_planner(name: str, model: ArmModel) -> Planner:
    """A planner; close() it.

    Args:
        name: moveit, builtin, auto (MoveIt where it is installed and starts), or another package's.

    Raises:
        UnknownNameError: lists the known ones.
        EntryPointError: another package's planner fails to import, or is no Planner.
        PlannerMissingError: it cannot run here.
    """
    planner: Planner = PLANNERS.load(name)(model)
    if missing := [member for member in MEMBERS if not hasattr(planner, member)]:
        raise EntryPointError(f"{PLANNERS.find(name)} lacks {', '.join(missing)}; midp_ros.planning.Planner has all")
    return planner


def planner_or_none(name: str, model: ArmModel) -> Planner | None:
    """A planner as `make_planner` gives it, or None for the name `none`."""
    if name == NONE:
        return None
    if name not in PLANNERS:
        raise UnknownNameError("planner", name, (*PLANNERS, NONE))
    return make_planner(name, model)


class AutoPlanner:
    """A Planner: MoveIt's, or the built-in one from the moment on at which MoveIt is found missing.

    Attributes:
        name: of the planner that is in use.
    """

    def __init__(self, model: ArmModel):
        self._model = model
        try:
            self._planner: Planner = MoveItPlanner(model)
        except PlannerMissingError:
            self._planner = BuiltinPlanner(model)

    @property
    def name(self) -> str:
        """Of the planner that is in use."""
        return self._planner.name

    def plan(self, request: PlanRequest) -> JointTrajectory:
        """The motion; raises NoMotionError."""
        try:
            return self._planner.plan(request)
        except PlannerMissingError:
            self._planner.close()
            self._planner = BuiltinPlanner(self._model)
            return self._planner.plan(request)

    def close(self) -> None:
        """Ends the planner."""
        self._planner.close()
