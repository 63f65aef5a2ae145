"""Diffusion: the squared cosine schedule, and a network that answers with a velocity; imports torch only.

Sources: squared cosine from Nichol & Dhariwal 2021 (equation 17, beta clipped at 0.999; `squaredcos_cap_v2` in
`diffusers`), velocity from Salimans & Ho 2022 (appendix D).
"""

from __future__ import annotations

import math

from torch import Tensor

from midp_ros.learning.schedule import Level, NoiseSchedule

MAX_BETA = 0.999
OFFSET = 0.008


def squared_cosine_betas(steps: int) -> list[float]:
    """beta_t = min(1 - f(t+1)/f(t), 0.999) with f(t) = cos^2((t/T + 0.008)/1.008 * pi/2)."""

    def f(t: int) -> float:
        return math.cos((t / steps + OFFSET) / (1 + OFFSET) * math.pi / 2) ** 2

    return [min(1 - f(t + 1) / f(t), MAX_BETA) for t in range(steps)]


class CosineSchedule(NoiseSchedule):
    """signal_t^2 = product of 1 - beta, noise_t^2 = 1 - signal_t^2; the output is v = signal_t eps - noise_t x_0.

    The velocity is of order 1 at every step. Where a chunk is nearly all noise, the noise is nearly the chunk itself,
    and a network that had to reproduce it would leave an error that 1/signal_t turns into a wrong x_0.
    """

    def __init__(self, steps: int):
        levels, product = [], 1.0
        for beta in squared_cosine_betas(steps):
            product *= 1 - beta
            levels.append((math.sqrt(product), math.sqrt(1 - product)))
        super().__init__(levels)

    @staticmethod
    def target(x0: Tensor, noise: Tensor, signal_t: Level, noise_t: Level) -> Tensor:
        """v = signal_t eps - noise_t x_0."""
        return signal_t * noise - noise_t * x0

    @staticmethod
    def coefficients(signal_t: Level, noise_t: Level) -> tuple[tuple[Level, Level], tuple[Level, Level]]:
        """x_0 = signal_t x_t - noise_t v, eps = noise_t x_t + signal_t v."""
        return (signal_t, -noise_t), (noise_t, signal_t)
