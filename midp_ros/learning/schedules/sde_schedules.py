"""The variance-preserving and the variance-exploding process, at evenly spaced times; imports torch only.

Source: Song et al. 2021, "Score-based generative modeling through stochastic differential equations" (appendix C).
"""

from __future__ import annotations

import math

from midp_ros.learning.schedules.velocity_schedule import VelocitySchedule

BETA_MIN, BETA_MAX = 0.1, 20.0  # Song et al. 2021, appendix C
# Chunks lie in [-1, 1]. The largest should be about the distance between the two farthest of them (Song & Ermon 2020,
# "Improved techniques for training score-based generative models", technique 1), the smallest what is not seen.
SIGMA_MIN, SIGMA_MAX = 0.01, 20.0


class VpSchedule(VelocitySchedule):
    """dx = -beta(t)/2 x dt + sqrt(beta(t)) dw with beta linear: signal = exp(-integral of beta / 2)."""

    def __init__(self, steps: int):
        levels = []
        for i in range(1, steps + 1):
            t = i / steps
            log_signal = -0.25 * t * t * (BETA_MAX - BETA_MIN) - 0.5 * t * BETA_MIN
            levels.append((math.exp(log_signal), math.sqrt(-math.expm1(2 * log_signal))))
        super().__init__(levels)


class VeSchedule(VelocitySchedule):
    """dx = sqrt(d sigma^2/dt) dw, sigma growing from SIGMA_MIN to SIGMA_MAX by equal factors: x = x_0 + sigma eps.

    Kept as x / sqrt(1 + sigma^2), whose signal and noise are 1 / sqrt(1 + sigma^2) and sigma / sqrt(1 + sigma^2): what
    the network sees is then of order 1, as Karras et al. 2022 scale it. The process is the same one. Only sigma, the
    ratio of noise to signal, tells the processes apart, so one sampler serves them all.
    """

    def __init__(self, steps: int):
        factor = SIGMA_MAX / SIGMA_MIN
        sigmas = [SIGMA_MIN * factor ** (i / (steps - 1)) for i in range(steps)]
        super().__init__([(1 / math.hypot(1, sigma), sigma / math.hypot(1, sigma)) for sigma in sigmas])
