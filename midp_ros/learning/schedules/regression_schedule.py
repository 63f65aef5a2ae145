"""Plain regression, for comparison: the chunk of least squared error, without any diffusion; imports torch only.

The mean of all demonstrated chunks is what has the least squared error (Bishop 1994, "Mixture density networks"): where
demonstrations go left and right of an obstacle, it leads into the obstacle.
"""

from __future__ import annotations

from torch import Tensor

from midp_ros.learning.schedules.schedule import Level, NoiseSchedule


class RegressionSchedule(NoiseSchedule):
    """x_t = eps, without a trace of the chunk; the output is x_0, and one step is all that there is to sample.

    Network, observations and everything else are those of the diffusion policy.
    """

    def __init__(self, steps: int):
        super().__init__([(0.0, 1.0)] * steps)

    @staticmethod
    def target(x0: Tensor, noise: Tensor, signal_t: Level, noise_t: Level) -> Tensor:
        """The chunk itself."""
        return x0

    @staticmethod
    def coefficients(signal_t: Level, noise_t: Level) -> tuple[tuple[Level, Level], tuple[Level, Level]]:
        """x_0 = output, eps = x_t."""
        return (0.0, 1.0), (1.0, 0.0)
