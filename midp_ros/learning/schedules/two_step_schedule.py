"""Regression in two steps, without any distribution to fit; imports torch only.

Source: Pan et al. 2026, "Much ado about noising: dispelling the myths of generative robotic control" (the minimal
iterative policy).
"""

from __future__ import annotations

from torch import Tensor

from midp_ros.learning.schedules.schedule import Level, NoiseSchedule

KEPT = 0.9  # of the chunk in the second step's input, as the authors chose


class TwoStepSchedule(NoiseSchedule):
    """A guess from the observation alone, x_1 = 0, and its correction from x_0 = 0.9 chunk + 0.1 noise.

    The output is the chunk in both steps. In training the correction sees the demonstrated chunk with noise, in
    sampling 0.9 times the guess without any.
    """

    begins_with = 0.0

    def __init__(self, steps: int):
        super().__init__([(KEPT, 1 - KEPT), *[(0.0, 0.0)] * (steps - 1)])

    @staticmethod
    def target(x0: Tensor, noise: Tensor, signal_t: Level, noise_t: Level) -> Tensor:
        """The chunk itself."""
        return x0

    @staticmethod
    def coefficients(signal_t: Level, noise_t: Level) -> tuple[tuple[Level, Level], tuple[Level, Level]]:
        """x_0 = output, and no noise in the chunk that follows."""
        return (0.0, 1.0), (0.0, 0.0)
