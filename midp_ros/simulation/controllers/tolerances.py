"""Tolerances of the joints along a trajectory and at its end; imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.simulation.controllers.tracking_state import TrackingState

STOPPED_RAD_S = 0.01  # joint_trajectory_controller's default of constraints.stopped_velocity_tolerance
ERASED = -1.0
SINGLE_EPSILON = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Tolerances:
    """A trajectory's tolerances; zero means that there is none.

    Attributes:
        path: (joints, 2), position [rad] and velocity [rad/s] while it runs.
        goal: (joints, 2), the same at its end.
        goal_time_s: time after its end for the joints to come within `goal`; zero: unlimited.
    """

    path: Array
    goal: Array
    goal_time_s: float = 0.0

    @cached_property
    def judge_path(self) -> bool:
        """Whether there is any along the path."""
        return bool((self.path > 0).any())

    @classmethod
    def default(cls, joints: int) -> Tolerances:
        """joint_trajectory_controller's defaults without constraints, as in Franka's configuration."""
        return cls(np.zeros((joints, 2)), np.tile([0.0, STOPPED_RAD_S], (joints, 1)))

    def for_goal(
        self,
        names: Sequence[str],
        path: Mapping[str, tuple[float, float]],
        goal: Mapping[str, tuple[float, float]],
        goal_time_s: float,
    ) -> Tolerances:
        """These tolerances with a goal's own: 0 keeps a tolerance, -1 removes it.

        As the real controller does, a goal that names an unknown joint or another negative number is taken with these
        tolerances, unchanged.

        Args:
            names: the joints, in order.
            path, goal: position [rad] and velocity [rad/s] tolerance of the joints that the goal names.
        """
        try:
            return Tolerances(
                _overlaid(self.path, names, path),
                _overlaid(self.goal, names, goal),
                _resolved(self.goal_time_s, goal_time_s),
            )
        except ValueError:
            return self

    def allow_on_path(self, state: TrackingState) -> bool:
        """Whether a running trajectory is followed well enough."""
        return _within(self.path, state)

    def allow_at_goal(self, state: TrackingState) -> bool:
        """Whether the end counts as reached."""
        return _within(self.goal, state)


def _within(limits: Array, state: TrackingState) -> bool:
    errors = np.abs(np.stack([state.position_error_rad, state.velocity_error_rad_s], axis=1))
    return not ((limits > 0) & (errors > limits)).any()


def _overlaid(defaults: Array, names: Sequence[str], asked: Mapping[str, tuple[float, float]]) -> Array:
    """Defaults (joints, 2) with the requested values; raises ValueError for unknown joints and illegal numbers."""
    limits = defaults.copy()
    for name, pair in asked.items():
        row = list(names).index(name)
        limits[row] = [_resolved(default, value) for default, value in zip(defaults[row], pair, strict=True)]
    return limits


def _resolved(default: float, asked: float) -> float:
    """control_msgs/JointTolerance's meaning of a number."""
    if abs(asked - ERASED) < SINGLE_EPSILON:
        return 0.0
    if asked < 0:
        raise ValueError(f"a tolerance must be positive, 0 or -1, got {asked}")
    return asked if asked > 0 else default
