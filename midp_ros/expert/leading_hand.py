"""A person who leads the arm by hand through a task, with a hand that trembles and wanders; imports core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation_vector, rotation_vector
from midp_ros.expert.motion import SpeedLimits, ToolMotion
from midp_ros.expert.scripted import Rule, begin


@dataclass(frozen=True)
class HandLimits:
    """What a hand does: its pull for each metre and radian by which the arm is behind it, and how unsteady it is.

    The tremor's frequency and size are those of physiological tremor of an extended hand (8 to 12 Hz, well below a
    millimetre); a guided reach wanders by millimetres.
    """

    stiffness_n_m: float = 1500.0
    stiffness_nm_rad: float = 60.0
    force_n: float = 60.0
    torque_nm: float = 6.0
    wander_m: float = 0.0025
    wander_s: float = 0.8
    tremor_m: float = 0.0003
    tremor_hz: float = 9.0


class LeadingHand:
    """Pulls the tool along the way that a task's rule demands, at a pace drawn anew in every episode.

    Args:
        rule: the task's; asked at every period, as a person looks all the time.
        period_s: between two pulls.
    """

    def __init__(self, rule: Rule, period_s: float, limits: HandLimits | None = None):
        self._rule, self._period_s, self._limits = rule, period_s, limits or HandLimits()
        self._goal = getattr(rule, "led", rule.goal)
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Starts an episode; the same seed and observations give the same pulls."""
        self._rng = np.random.default_rng([seed, 2])
        pace = self._rng.uniform(0.5, 1.1)
        usual = SpeedLimits()
        speeds = SpeedLimits(usual.linear_m_s * pace, usual.linear_m_s2 * pace, 0.6 * usual.angular_rad_s * pace, 2.0)
        self._motion = ToolMotion(speeds, self._period_s)
        self._wander_m, self._time_s = np.zeros(3), 0.0
        self._phase = self._rng.uniform(0.0, 2.0 * np.pi, 3)
        begin(self._rule, seed)

    def pull(self, observed: dict[str, Array], tool: Pose) -> tuple[Array, float]:
        """The next pull.

        Args:
            observed: values by the contract's entries, each (size,).
            tool: measured pose in the base frame.

        Returns:
            Force [N] and torque [Nm] (6,) on the tool frame's origin in the base's axes; gripper width [m].
        """
        if self._motion.pose is None:
            self._motion.restart(tool)
        goal, width_m = self._goal(observed, tool)
        wanted, limits = self._motion.advance(goal), self._limits
        away_m = wanted.position_m + self._unsteadiness() - tool.position_m
        turn_rad = rotation_vector(wanted.rotation @ tool.rotation.T)
        pull = np.concatenate(
            [
                _at_most(limits.stiffness_n_m * away_m, limits.force_n),
                _at_most(limits.stiffness_nm_rad * turn_rad, limits.torque_nm),
            ]
        )
        self._wait_for(tool)
        return pull, width_m

    def _wait_for(self, tool: Pose) -> None:
        """The hand holds the arm: it is never further ahead of it than its strength allows."""
        pose, limits = self._motion.pose, self._limits
        assert pose is not None
        ahead_m = _at_most(pose.position_m - tool.position_m, limits.force_n / limits.stiffness_n_m)
        turn = _at_most(rotation_vector(pose.rotation @ tool.rotation.T), limits.torque_nm / limits.stiffness_nm_rad)
        self._motion.restart(Pose(tool.position_m + ahead_m, matrix_from_rotation_vector(turn) @ tool.rotation))

    def _unsteadiness(self) -> Array:
        """How far the hand is off its way now [m] (3,): a slow random walk that returns, and the tremor."""
        limits, share = self._limits, self._period_s / self._limits.wander_s
        kick_m = limits.wander_m * np.sqrt(2.0 * share) * self._rng.standard_normal(3)
        self._wander_m = (1.0 - share) * self._wander_m + kick_m
        self._time_s += self._period_s
        return self._wander_m + limits.tremor_m * np.sin(2.0 * np.pi * limits.tremor_hz * self._time_s + self._phase)


def _at_most(vector: Array, size: float) -> Array:
    """The vector, shortened to a length."""
    return vector * min(1.0, size / max(float(np.linalg.norm(vector)), 1e-12))
