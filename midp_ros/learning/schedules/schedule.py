"""Noise schedules: how noise is mixed into chunks and taken out again.

Imports torch and the checks of configurations.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor, nn

from midp_ros.core.plain_data import require

SPACING = 3  # power of the sampling steps' spacing
Level: TypeAlias = "Tensor | float"


class NoiseSchedule(nn.Module, ABC):
    """How much signal and noise a chunk holds at each noise step: x_t = signal_t x_0 + noise_t eps.

    A subclass defines the meaning of the network's output: x_t and the output determine x_0 and eps.

    Args:
        levels: (signal_t, noise_t) of every step, from nearly clean to noise.
    """

    begins_with = 1.0  # how much noise sampling begins with
    signal: Tensor
    noise: Tensor

    def __init__(self, levels: Sequence[tuple[float, float]]):
        super().__init__()
        self._levels = list(levels)
        signal, noise = torch.tensor(self._levels, dtype=torch.float64).float().unbind(-1)
        self.register_buffer("signal", signal, persistent=False)  # (steps,)
        self.register_buffer("noise", noise, persistent=False)  # (steps,)

    @staticmethod
    @abstractmethod
    def target(x0: Tensor, noise: Tensor, signal_t: Level, noise_t: Level) -> Tensor:
        """The output that the network should have, given what x_t is made of."""

    @staticmethod
    @abstractmethod
    def coefficients(signal_t: Level, noise_t: Level) -> tuple[tuple[Level, Level], tuple[Level, Level]]:
        """((a, b), (c, d)) in x_0 = a x_t + b output and eps = c x_t + d output."""

    @property
    def steps(self) -> int:
        """Noise steps in training."""
        return len(self._levels)

    def levels(self, step: int) -> tuple[float, float]:
        """signal_t and noise_t of a step; below 0: clean, so 1 and 0."""
        return self._levels[step] if step >= 0 else (1.0, 0.0)

    def q_sample(self, x0: Tensor, step: Tensor, noise: Tensor) -> Tensor:
        """Chunks (batch, predicted, action_size) at noise steps (batch,)."""
        return self.signal[step, None, None] * x0 + self.noise[step, None, None] * noise

    def estimate(self, x: Tensor, output: Tensor, signal_t: Level, noise_t: Level) -> tuple[Tensor, Tensor]:
        """The x_0 and the eps that the network's output implies."""
        (a, b), (c, d) = self.coefficients(signal_t, noise_t)
        return a * x + b * output, c * x + d * output

    def sampling_steps(self, count: int) -> list[int]:
        """Noise steps visited in sampling, from noise to nearly clean: steps (i / count)^3 of them, each once.

        The first one is the noisiest, as what is sampled from is noise (Lin et al. 2024, "Common diffusion noise
        schedules and sample steps are flawed"). The others crowd where noise is low, as in Song et al. 2021 (appendix
        D.2, quadratic) and Karras et al. 2022; docs/training.md has the powers that were compared.

        Raises:
            ConfigError: not 1 to `steps` of them.
        """
        require(1 <= count <= self.steps, "sampling steps", count, f"1 to the policy's {self.steps} noise steps")
        spaced = [max(round(self.steps * (i / count) ** SPACING) - 1, i - 1) for i in range(1, count + 1)]
        return spaced[::-1]

    def advance(self, x: Tensor, output: Tensor, step: int, after: int, clip: bool) -> Tensor:
        """From x at `step` to `after` (below 0: clean) without randomness; `clip` holds the x_0 within [-1, 1].

        x_after = signal_after x_0 + noise_after eps, which is DDIM (Song et al. 2021, equation 12, eta = 0), and on the
        straight paths of flow matching Euler's step.
        """
        x0, noise = self.estimate(x, output, *self.levels(step))
        signal_after, noise_after = self.levels(after)
        return signal_after * (x0.clamp(-1.0, 1.0) if clip else x0) + noise_after * noise

    def ancestral(self, x: Tensor, output: Tensor, step: int, after: int, clip: bool, fresh: Tensor) -> Tensor:
        """As `advance`, drawn from q(x_after | x_t, x_0) by standard normal `fresh`: DDPM (Ho et al. 2020, equation 7).

        With r = (signal_t noise_after) / (signal_after noise_t), which only the ratios of signal and noise enter, the
        share r of the noise stays and sqrt(1 - r^2) is new.
        """
        (signal_t, noise_t), (signal_after, noise_after) = self.levels(step), self.levels(after)
        x0, _ = self.estimate(x, output, signal_t, noise_t)
        x0 = x0.clamp(-1.0, 1.0) if clip else x0
        kept = signal_t * noise_after / (signal_after * noise_t)
        noise = (x - signal_t * x0) / noise_t
        return signal_after * x0 + noise_after * (kept * noise + math.sqrt(max(0.0, 1 - kept**2)) * fresh)

    def corrected(self, x: Tensor, output: Tensor, step: int, ratio: float, fresh: Tensor) -> Tensor:
        """One step of Langevin dynamics at a noise step: x + d score + sqrt(2 d) fresh (Song et al. 2021, algorithm 5).

        The score is -eps / noise_t. Its norm is, in the mean, that of `fresh` over noise_t, which makes their step size
        of that algorithm d = 2 (ratio noise_t)^2.
        """
        signal_t, noise_t = self.levels(step)
        _, noise = self.estimate(x, output, signal_t, noise_t)
        size = 2 * (ratio * noise_t) ** 2
        return x - size / noise_t * noise + math.sqrt(2 * size) * fresh
