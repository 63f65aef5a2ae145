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

    def ddim_steps(self, count: int) -> list[int]:
        """Diffusion steps visited in sampling, from noisy to clean."""
        ratio = self.steps // count
        return [i * ratio for i in reversed(range(count))]

    def ddim_coefficients(self, step: int, previous: int) -> tuple[float, float, float, float]:
        """noise_t, 1 / signal_t, signal_s, noise_s of the step from t to s (below 0: clean)."""
        alpha = self.alphas_cumprod[step]
        alpha_previous = self.alphas_cumprod[previous] if previous >= 0 else 1.0
        return math.sqrt(1 - alpha), 1 / math.sqrt(alpha), math.sqrt(alpha_previous), math.sqrt(1 - alpha_previous)

    def ddim_step(self, x: Tensor, predicted_noise: Tensor, step: int, previous: int, clip: bool) -> Tensor:
        """One step from `step` to `previous` (below 0: clean); `clip` holds the implied x_0 within [-1, 1]."""
        noise, inverse_signal, next_signal, next_noise = self.ddim_coefficients(step, previous)
        x0 = (x - noise * predicted_noise) * inverse_signal
        if clip:
            x0 = x0.clamp(-1.0, 1.0)
        return next_signal * x0 + next_noise * predicted_noise
