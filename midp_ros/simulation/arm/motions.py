"""Sources of desired joint positions, millisecond by millisecond; imports core and safety."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.simulation.safety.violation import Violation

Samples = tuple[Array, Array, Array]


class MotionRefused(Exception):
    """A command of a motion's client that the robot does not execute: `violation` stops the arm."""

    def __init__(self, violation: Violation):
        super().__init__(violation.reason)
        self.violation = violation


class Motion(Protocol):
    """A controller, or any other source of commands.

    It may have an attribute `steady`, which says that time alone decides its samples until it receives another command,
    a method `command` that replaces the arm's own, where other torques than joint impedance drive the arm, and the
    joints' `friction_nm` (joints,) that it has to overcome.
    """

    def sample(self, times_s: Array) -> Samples:
        """Positions [rad], velocities [rad/s] and accelerations [rad/s^2], each (times, joints).

        Raises:
            MotionRefused: the arm is stopped instead.
        """


class Hold:
    """Stays at a joint position (joints,)."""

    def __init__(self, position_rad: Array):
        self._position_rad = np.array(position_rad, float)

    def sample(self, times_s: Array) -> Samples:
        """The same position, at rest."""
        position = np.tile(self._position_rad, (len(times_s), 1))
        return position, np.zeros_like(position), np.zeros_like(position)


class Later:
    """A motion whose time begins at `start_s`."""

    def __init__(self, motion: Motion, start_s: float):
        self._motion, self._start_s = motion, start_s

    def sample(self, times_s: Array) -> Samples:
        """The motion's samples at the times since it began."""
        return self._motion.sample(times_s - self._start_s)
