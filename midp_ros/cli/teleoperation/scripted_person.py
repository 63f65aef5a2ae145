"""Scripted person: drives the tool to a goal by a stick, late and not quite steadily; imports core and teleop.

A person sees what was a reaction time ago, and turns an error into a deflection;
the hand adds noise that grows with it.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, rotation_vector
from midp_ros.teleop.inputs import Velocity

REACTION_S = (0.15, 0.25)  # simple visual reaction times: 0.15 to 0.25 s
GAIN_PER_S = (1.6, 2.6)  # deflection in speeds per error; above 1 / reaction time a person would oscillate
LARGEST_SHARE = (0.6, 1.0)
NOISE_SHARE, NOISE_S = 0.12, 0.15  # standard deviation of the deflection, and for how long it lasts
HAND_S = 0.08  # time constant of the hand
NEAR_M, NEAR_RAD = 0.003, 0.02  # close enough to let go
PAUSE_PER_S, PAUSE_S = 0.05, (0.2, 0.6)  # how often a person pauses to look, and for how long


class ScriptedPerson:
    """One person in one episode.

    Args:
        linear_m_s, angular_rad_s: tool speeds of a full deflection.
        step_s: between two looks [s].
    """

    def __init__(self, seed: int, linear_m_s: float, angular_rad_s: float, step_s: float):
        self._rng = np.random.default_rng([seed, 7])
        draw = self._rng.uniform
        self._gain, self._largest = draw(*GAIN_PER_S), draw(*LARGEST_SHARE)
        self._seen: deque[tuple[Pose, Pose]] = deque(maxlen=max(1, round(draw(*REACTION_S) / step_s)))
        self._full = np.repeat([linear_m_s, angular_rad_s], 3)
        self._step_s, self._share, self._noise = step_s, np.zeros(6), np.zeros(6)
        self._pause_s = 0.0

    def look(self, tool: Pose, goal: Pose) -> Velocity:
        """The stick's deflection now, in the base's axes."""
        self._seen.append((tool, goal))
        tool, goal = self._seen[0]
        error = np.concatenate([goal.position_m - tool.position_m, rotation_vector(goal.rotation @ tool.rotation.T)])
        self._share += (self._step_s / HAND_S) * (self._wanted(error) - self._share)
        kept = self._step_s / NOISE_S
        self._noise += -kept * self._noise + np.sqrt(2 * kept) * NOISE_SHARE * self._rng.normal(size=6)
        share = self._share * (1.0 + self._noise)
        share[np.abs(share) < 0.03] = 0.0
        return Velocity(share[:3], share[3:])

    def _wanted(self, error: Array) -> Array:
        self._pause_s -= self._step_s
        if self._rng.random() < PAUSE_PER_S * self._step_s:
            self._pause_s = self._rng.uniform(*PAUSE_S)
        near = np.linalg.norm(error[:3]) < NEAR_M and np.linalg.norm(error[3:]) < NEAR_RAD
        if self._pause_s > 0 or near:
            return np.zeros(6)
        share = self._gain * error / self._full
        for part in (slice(0, 3), slice(3, 6)):
            share[part] *= min(1.0, self._largest / max(float(np.linalg.norm(share[part])), 1e-9))
        return share
