"""Diffusion by the squared cosine schedule; imports torch only.

Source: Nichol & Dhariwal 2021 (equation 17, beta clipped at 0.999; `squaredcos_cap_v2` in `diffusers`).
"""

from __future__ import annotations

import math

from midp_ros.learning.schedules.velocity_schedule import VelocitySchedule

MAX_BETA = 0.999
OFFSET = 0.008


def squared_cosine_betas(steps: int) -> list[float]:
    """beta_t = min(1 - f(t+1)/f(t), 0.999) with f(t) = cos^2((t/T + 0.008)/1.008 * pi/2)."""

    def f(t: int) -> float:
        return math.cos((t / steps + OFFSET) / (1 + OFFSET) * math.pi / 2) ** 2

    return [min(1 - f(t + 1) / f(t), MAX_BETA) for t in range(steps)]


class CosineSchedule(VelocitySchedule):
    """signal_t^2 = product of 1 - beta, noise_t^2 = 1 - signal_t^2."""

    def __init__(self, steps: int):
        levels, product = [], 1.0
        for beta in squared_cosine_betas(steps):
            product *= 1 - beta
            levels.append((math.sqrt(product), math.sqrt(1 - product)))
        super().__init__(levels)
