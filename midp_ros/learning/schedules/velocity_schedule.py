"""Schedules whose squares of signal and noise sum to one, and a network that answers with a velocity.

Imports torch only. Source: Salimans & Ho 2022 (appendix D).
"""

from __future__ import annotations

from torch import Tensor

from midp_ros.learning.schedules.schedule import Level, NoiseSchedule


class VelocitySchedule(NoiseSchedule):
    """The output is v = signal_t eps - noise_t x_0.

    The velocity is of order 1 at every step. Where a chunk is nearly all noise, the noise is nearly the chunk itself,
    and a network that had to reproduce it would leave an error that 1/signal_t turns into a wrong x_0.
    """

    @staticmethod
    def target(x0: Tensor, noise: Tensor, signal_t: Level, noise_t: Level) -> Tensor:
        """v = signal_t eps - noise_t x_0."""
        return signal_t * noise - noise_t * x0

    @staticmethod
    def coefficients(signal_t: Level, noise_t: Level) -> tuple[tuple[Level, Level], tuple[Level, Level]]:
        """x_0 = signal_t x_t - noise_t v, eps = noise_t x_t + signal_t v."""
        return (signal_t, -noise_t), (noise_t, signal_t)
