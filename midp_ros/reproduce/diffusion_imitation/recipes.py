"""The learners' training configurations, plain; imports core's files."""

from __future__ import annotations

from typing import Any

from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.package_files import package_path
from midp_ros.reproduce.diffusion_imitation.extent import ACTING, AVOID, BC, DRAIL, LARGE, MEDIUM, SMALL, Extent

CHANNELS = {SMALL: [8, 16, 32], MEDIUM: [16, 32, 64], LARGE: [32, 64, 128]}  # of the diffusion policy's U-Net
WIDTHS = {SMALL: [32, 32, 32], MEDIUM: [128, 128, 128], LARGE: [512, 512, 512]}  # of behaviour cloning's perceptron
ACTING_EVERYWHERE = {"world": "kinematic", "environments": 16}  # where a touch of the post counts
DRAIL_BATCH = 256  # of its judge, with which docs/learners.md has measured it


def training(learner: str, task: str, size: str, seed: int, extent: Extent) -> dict[str, Any]:
    """A training configuration without its name and data."""
    if learner in ACTING:
        return _acting(learner, task, seed, extent)
    steps, batch = (extent.avoid_steps, extent.avoid_batch) if task == AVOID else (extent.steps, extent.batch)
    settings: dict[str, Any] = {"steps": steps, "batch": batch, "warmup_steps": min(200, steps // 5)}
    if learner == BC:
        section = {"name": "bc", "head": "mse", "hidden": WIDTHS[size]}
        return {"seed": seed, "learner": section, "training": {**settings, "learning_rate": 1e-3}}
    model = {"channels": CHANNELS[size], "groups": 2}
    settings["learning_rate"] = 2e-3
    return {"seed": seed, "model": model, "diffusion": {"sampling_steps": 5}, "training": settings}


def _acting(learner: str, task: str, seed: int, extent: Extent) -> dict[str, Any]:
    """That of config/train/gail.yaml, shorter."""
    told = read_yaml(package_path("config", "train", "gail.yaml"), "configuration")
    section = {**told["learner"], "name": learner}
    rollouts = extent.rollouts
    if learner == DRAIL:
        section["judge"] = {**section["judge"], "batch": DRAIL_BATCH}
    if task == AVOID:
        section, rollouts = {**section, **ACTING_EVERYWHERE}, extent.avoid_acting
    settings = {**told["training"], "steps": rollouts}
    return {"seed": seed, "learner": section, "context": told["context"], "training": settings}
