"""The request of a motion, the planner's interface and its errors; imports core and control's limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from midp_ros.control.shaping.limits import LimitFractions
from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose
from midp_ros.kinematics.position_range import outside
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.planning.obstacles import Obstacle

# An arm that was guided to the end of a joint's range may measure a little beyond it.
START_BEYOND_RAD = 0.02


class NoMotionError(MidpError):
    """A motion that cannot be planned; the message says why: which bodies collide and how deep, or what is missing."""


class PlannerMissingError(NoMotionError):
    """A planner that this machine cannot run: what it needs is not installed, or does not start."""


@dataclass(frozen=True)
class PlanRequest:
    """A motion from rest to rest.

    Attributes:
        start_rad: (joints,).
        goal: joint positions (joints,) [rad], or a pose of the tool frame in the base frame.
        obstacles: in the base frame, each with a name of its own.
        table_height_m: of the table's plane in the base frame [m]; None: there is no table.
        margin_m: least distance between the arm's bodies and an obstacle [m].
        fractions: of the robot's limits on velocity, acceleration and jerk.
        time_limit_s: of the search; a search that is over sooner does not depend on it.
        seed: equal requests with equal seeds have equal motions, unless the search runs into its time limit.
    """

    start_rad: Array
    goal: Array | Pose
    obstacles: tuple[Obstacle, ...] = ()
    table_height_m: float | None = None
    margin_m: float = 0.01
    fractions: LimitFractions = field(default_factory=LimitFractions)
    time_limit_s: float = 5.0
    seed: int = 0


class Planner(Protocol):
    """Plans motions of one arm around obstacles."""

    @property
    def name(self) -> str:
        """For messages."""

    def plan(self, request: PlanRequest) -> JointTrajectory:
        """The motion, from time 0 on, at rest at both of its ends, within the limits and clear of every obstacle.

        Raises:
            NoMotionError: with the reason.
            PlannerMissingError: the planner cannot run here.
        """

    def close(self) -> None:
        """Ends what the planner runs beside this process."""


def require_possible(request: PlanRequest, profile: RobotProfile) -> None:
    """Raises NoMotionError for numbers that no planner can make a motion of."""
    require_joints("start", request.start_rad, profile, START_BEYOND_RAD)
    if not isinstance(request.goal, Pose):
        require_joints("goal", request.goal, profile)
    elif not (np.isfinite(request.goal.position_m).all() and np.isfinite(request.goal.rotation).all()):
        raise NoMotionError(f"goal: the tool pose is not finite: position {request.goal.position_m.tolist()}")
    if request.table_height_m is not None and not np.isfinite(request.table_height_m):
        raise NoMotionError(f"table height: got {request.table_height_m}, need a finite number [m]")
    for name, number, least in (("margin", request.margin_m, 0.0), ("time limit", request.time_limit_s, 1e-3)):
        if not (np.isfinite(number) and number >= least):
            raise NoMotionError(f"{name}: got {number}, need a number of at least {least:g}")


def require_joints(what: str, position_rad: Array, profile: RobotProfile, beyond_rad: float = 0.0) -> None:
    """Raises NoMotionError unless joint positions (joints,) are within the robot's, or so little beyond them."""
    if np.shape(position_rad) != (profile.joints,):
        raise NoMotionError(
            f"{what}: got {np.size(position_rad)} joint positions, the {profile.name} has {profile.joints} joints"
        )
    if found := outside(profile, position_rad, profile.position_min_rad, profile.position_max_rad, beyond_rad):
        raise NoMotionError(f"{what} is not within the {profile.name}'s limits: {found}")
