"""Flow matching: straight paths from noise to chunks; imports torch only.

Sources: Lipman et al. 2023 ("Flow matching for generative modeling"), Liu et al. 2023 ("Flow straight and fast").
"""

from __future__ import annotations

from torch import Tensor

from midp_ros.learning.schedules.schedule import Level, NoiseSchedule


class FlowSchedule(NoiseSchedule):
    """x_t = (1 - noise_t) x_0 + noise_t eps with noise_t = 1/steps, ..., 1; the output is the flow x_0 - eps."""

    def __init__(self, steps: int):
        super().__init__([(1 - i / steps, i / steps) for i in range(1, steps + 1)])

    @staticmethod
    def target(x0: Tensor, noise: Tensor, signal_t: Level, noise_t: Level) -> Tensor:
        """The constant velocity along the path from eps to x_0."""
        return x0 - noise

    @staticmethod
    def coefficients(signal_t: Level, noise_t: Level) -> tuple[tuple[Level, Level], tuple[Level, Level]]:
        """x_0 = x_t + noise_t flow, eps = x_t - signal_t flow."""
        return (1.0, noise_t), (1.0, -signal_t)
