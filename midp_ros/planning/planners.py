"""Planners by name; imports core and kinematics."""

from __future__ import annotations

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.planning.builtin import BuiltinPlanner
from midp_ros.planning.moveit.planner import MoveItPlanner
from midp_ros.planning.request import Planner, PlannerMissingError, PlanRequest

AUTO, MOVEIT, BUILTIN = "auto", "moveit", "builtin"
PLANNERS = (AUTO, MOVEIT, BUILTIN)


def make_planner(name: str, model: ArmModel) -> Planner:
    """A planner; close() it.

    Args:
        name: moveit, builtin, or auto: MoveIt where it is installed and starts.

    Raises:
        UnknownNameError: lists the known ones.
        PlannerMissingError: it cannot run here.
    """
    if name == BUILTIN:
        return BuiltinPlanner(model)
    if name == MOVEIT:
        return MoveItPlanner(model)
    if name == AUTO:
        return AutoPlanner(model)
    raise UnknownNameError("planner", name, PLANNERS)


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
