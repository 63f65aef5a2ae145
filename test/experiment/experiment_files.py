"""An experiment of one made-up task and results for it; no tests here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from midp_ros.core.package_files import package_path
from midp_ros.experiment.config import Experiment
from midp_ros.experiment.result import Result, TrainingMachine
from midp_ros.experiment.runs import Run

DATA_HASH = "ab" * 32


def plain_experiment(folder: Path) -> dict[str, Any]:
    """Two tasks, two sizes, two variants and three seeds, as YAML has it."""
    train = str(package_path("config", "train", "pusht.yaml"))
    return {
        "name": "test",
        "baseline": "none",
        "runs": str(folder / "runs"),
        "results": str(folder / "results"),
        "seeds": [0, 1, 2],
        "sizes": {"small": [16, 32], "large": [32, 64]},
        "tasks": {
            "pusht": {"train": train, "episodes": 4, "first_seed": 50},
            "other": {"train": train, "data": "elsewhere", "sizes": ["small"], "overrides": ["training.steps=7"]},
        },
        "variants": {
            "none": {"regulariser": None},
            "published": {
                "regulariser": {"x": "noisy_action", "y": "predicted_noise", "weight": 0.01},
                "overrides": ["training.batch=32"],
            },
        },
    }


def experiment(folder: Path) -> Experiment:
    """The same, read from a file."""
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(plain_experiment(folder), sort_keys=False))
    return Experiment.load(path)


def result(run: Run, rewards: Sequence[float], **changes: Any) -> Result:
    """A run's result."""
    known = {
        **{"task": run.task, "size": run.size, "variant": run.variant, "seed": run.seed},
        **{"config": run.config.to_dict(), "overrides": run.overrides, "data_hash": DATA_HASH},
        **{"demonstrations": 2, "parameters": 260_000, "first_seed": run.first_seed},
        **{"average": sum(rewards) / len(rewards), "rewards": tuple(rewards)},
        "curve": {"step": (10, 20), "denoising_error": (0.5, 0.1), "bound": (None, None)},
        **{"steps_per_s": 30.0, "training_s": 100.0, "evaluation_s": 20.0, "version": "0.0", "date": "2026-01-01"},
        "machine": TrainingMachine("a processor", 2, 1, 1.0),
    }
    return Result(**{**known, **changes})
