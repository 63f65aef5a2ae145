"""What is compared: three losses, two sizes, two tasks; imports the standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {
    "none": {},
    # As published: MINE between noisy chunk and predicted noise, weight 0.01.
    "published": {
        "regulariser": {"x": "noisy_action", "y": "predicted_noise", "estimator": "donsker_varadhan", "weight": 0.01}
    },
    # Ours: the history bottleneck, docs/mutual_information.md.
    "price": {"history_bottleneck": {"weight": 0.03}},
}
SIZES: dict[str, dict[str, Any]] = {
    "small": {"channels": [16, 32, 64], "groups": 2},
    "medium": {"channels": [32, 64, 128], "groups": 2},
}


@dataclass(frozen=True)
class Extent:
    """How much is run.

    Attributes:
        tasks: with the number of demonstrations of each.
        sizes: of SIZES.
        seeds: of training.
        steps, batch, warmup_steps: of training.
        episodes: judged for each training.
    """

    tasks: dict[str, int]
    sizes: tuple[str, ...]
    seeds: tuple[int, ...]
    steps: int
    batch: int
    warmup_steps: int
    episodes: int

    def settings(self, variant: str, size: str, seed: int) -> dict[str, Any]:
        """Of the training, without its name and data."""
        return {
            "seed": seed,
            "model": SIZES[size],
            "diffusion": {"sampling_steps": 5},
            "training": {
                "steps": self.steps,
                "batch": self.batch,
                "warmup_steps": self.warmup_steps,
                "learning_rate": 2e-3,
            },
            **VARIANTS[variant],
        }


QUICK = Extent({"reach": 100}, ("small",), (0,), 3000, 64, 200, 40)
FULL = Extent({"reach": 100, "recall": 100}, ("small", "medium"), (0, 1, 2), 3000, 128, 300, 100)
