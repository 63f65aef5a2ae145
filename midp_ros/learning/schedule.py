"""The noise schedule and the deterministic sampling step; imports torch only.

Sources: squared cosine from Nichol & Dhariwal 2021 (equation 17, beta clipped at 0.999); DDIM from Song et al. 2021
(equation 12, eta = 0); names and step spacing as in `diffusers` (`squaredcos_cap_v2`, `leading`).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

MAX_BETA = 0.999
OFFSET = 0.008


def squared_cosine_betas(steps: int) -> list[float]:
    """beta_t = min(1 - f(t+1)/f(t), 0.999) with f(t) = cos^2((t/T + 0.008)/1.008 * pi/2)."""

    def f(t: int) -> float:
        return math.cos((t / steps + OFFSET) / (1 + OFFSET) * math.pi / 2) ** 2

    return [min(1 - f(t + 1) / f(t), MAX_BETA) for t in range(steps)]


class NoiseSchedule(nn.Module):
    """How much signal and noise a chunk holds at each diffusion step: x_t = signal_t x_0 + noise_t eps."""

    def __init__(self, steps: int):
        super().__init__()
        self.steps = steps
        self.alphas_cumprod: list[float] = []
        product = 1.0
        for beta in squared_cosine_betas(steps):
            product *= 1 - beta
            self.alphas_cumprod.append(product)
        alphas = torch.tensor(self.alphas_cumprod, dtype=torch.float64)
        self.register_buffer("signal", alphas.sqrt().float(), persistent=False)  # (steps,)
        self.register_buffer("noise", (1 - alphas).sqrt().float(), persistent=False)  # (steps,)

    signal: Tensor
    noise: Tensor

    def q_sample(self, x0: Tensor, step: Tensor, noise: Tensor) -> Tensor:
        """Chunks (batch, predicted, action_size) at diffusion steps (batch,)."""
        return self.signal[step, None, None] * x0 + self.noise[step, None, None] * noise

    def denoise(self, x: Tensor, step: Tensor, predicted_noise: Tensor) -> Tensor:
        """The x_0 that the predicted noise implies; the inverse of `q_sample`."""
        return (x - self.noise[step, None, None] * predicted_noise) / self.signal[step, None, None]

    def noise_from_output(self, x: Tensor, output: Tensor, signal: Tensor | float, noise: Tensor | float) -> Tensor:
        """The predicted noise, noise_t x + signal_t output.

        So the network's output is the velocity of Salimans & Ho 2022 (appendix D), which is of order 1 at every step.
        Where a chunk is nearly all noise, the noise is nearly the chunk itself, and a network that had to reproduce it
        would leave an error that 1/signal_t turns into a wrong x_0.
        """
        return noise * x + signal * output

    def ddim_steps(self, count: int) -> list[int]:
        """Diffusion steps visited in sampling, from noisy to clean."""
        ratio = self.steps // count
        return [i * ratio for i in reversed(range(count))]

    def levels(self, step: int) -> tuple[float, float]:
        """signal_t and noise_t of a step; below 0: clean, so 1 and 0."""
        alpha = self.alphas_cumprod[step] if step >= 0 else 1.0
        return math.sqrt(alpha), math.sqrt(1 - alpha)

    def ddim_step(self, x: Tensor, predicted_noise: Tensor, step: int, after: int, clip: bool) -> Tensor:
        """One step from `step` to `after` (below 0: clean); `clip` holds the implied x_0 within [-1, 1]."""
        (signal, noise), (next_signal, next_noise) = self.levels(step), self.levels(after)
        x0 = (x - noise * predicted_noise) * (1 / signal)
        if clip:
            x0 = x0.clamp(-1.0, 1.0)
        return next_signal * x0 + next_noise * predicted_noise
