"""What an observer of the simulated arm receives, millisecond by millisecond; imports core only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory


class ArmObserver(Protocol):
    """Receives what commands the arm and what it does. All times are the robot's own [s]; arrays are not to be changed.

    It is called from within the loop: it keeps references and works later.
    """

    def ran(
        self,
        time_s: float,
        asked_rad: Array,
        measured: Sequence[tuple[Array, Array]],
        external_nm: Array,
        wrench: Array,
    ) -> None:
        """A batch of milliseconds has passed.

        Args:
            time_s: at the end of its last one.
            asked_rad: commands (n, joints), one a millisecond, a refused one included.
            measured: positions [rad] and velocities [rad/s], each (joints,), after each millisecond.
            external_nm, wrench: estimated external torque (joints,) and wrench (6,) at the end.
        """

    def followed(self, time_s: float, trajectory: JointTrajectory) -> None:
        """The trajectory controller has received a trajectory."""

    def targeted(self, time_s: float, stamp_s: float, target_rad: Array) -> None:
        """The follower has received a joint target (joints,)."""

    def stopped(self, time_s: float, reason: str, errors: frozenset[str]) -> None:
        """The arm was taken from what commanded it; the errors are those of a reflex, none otherwise."""

    def happened(self, time_s: float, kind: str, text: str) -> None:
        """Anything else: another controller, a person's push."""
