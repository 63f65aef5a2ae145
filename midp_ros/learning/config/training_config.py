"""The optimisation's configuration; imports core only."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.plain_data import require


@dataclass(frozen=True)
class TrainingConfig:
    """The optimisation: AdamW, cosine learning rate with warm-up, clipped gradients, moving average of the weights.

    Attributes:
        batch: windows per step.
        noise_draws: noise steps, and noises, that a step draws for each window. The observation is encoded once for all
            of them: worth it where that is dear, as with pictures.
    """

    steps: int = 6000
    batch: int = 256
    noise_draws: int = 1
    learning_rate: float = 1e-3
    warmup_steps: int = 500
    weight_decay: float = 1e-6
    gradient_clip: float = 1.0
    ema_decay: float = 0.9995
    ema_power: float = 0.75
    log_every: int = 50
    save_every: int = 500

    def __post_init__(self) -> None:
        for key in ("steps", "batch", "noise_draws", "log_every", "save_every"):
            require(getattr(self, key) >= 1, f"training.{key}", getattr(self, key), "at least 1")
        for key in ("learning_rate", "gradient_clip", "ema_power"):
            require(getattr(self, key) > 0, f"training.{key}", getattr(self, key), "more than 0")
        require(self.warmup_steps >= 0, "training.warmup_steps", self.warmup_steps, "at least 0")
        require(self.weight_decay >= 0, "training.weight_decay", self.weight_decay, "at least 0")
        require(0 <= self.ema_decay < 1, "training.ema_decay", self.ema_decay, "0 to below 1")
