"""The learners' training configurations, plain; imports core's files."""

from __future__ import annotations

from typing import Any

from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.package_files import package_path
from midp_ros.reproduce.diffusion_imitation.extent import (
    ACTING,
    AVOID,
    BC,
    DRAIL,
    LARGE,
    MEDIUM,
    PICK,
    REACH,
    SMALL,
    Extent,
)

# Of the diffusion policy's U-Net. One of 8 channels, fewer than an action's 9 numbers, cannot return their noise.
CHANNELS = {SMALL: [12, 24], MEDIUM: [16, 32], LARGE: [32, 64]}
WIDTHS = {SMALL: [64, 64, 64], MEDIUM: [256, 256, 256], LARGE: [512, 512, 512]}  # of behaviour cloning's perceptron
# Chosen on 50 demonstrations of `reach` and episodes from seed 50,000: both learners gain from a high rate, and from
# the newest observation alone. On `avoid` the contract's window stays: which side is being passed shows in the past.
LEARNING_RATE, AVOID_LEARNING_RATE = 5e-3, 3e-3
AVOID_CHANNELS = [32, 64]  # as config/train/avoid.yaml
PICK_CHANNELS = [16, 32, 64]  # on `pick`, with the contract's window, the higher rate is better for both, too
CONTEXT = {"observed": 1, "ahead": 8, "executed": 4}
ACTING_EVERYWHERE = {"world": "kinematic", "environments": 16}  # where a touch of the post counts
DRAIL_BATCH = 256  # of its judge, with which docs/learners.md has measured it


def training(learner: str, task: str, size: str, seed: int, extent: Extent) -> dict[str, Any]:
    """A training configuration without its name and data."""
    if learner in ACTING:
        return _acting(learner, task, seed, extent)
    steps, batch = {
        REACH: (extent.steps, extent.batch),
        PICK: (extent.pick_steps, extent.pick_batch),
        AVOID: (extent.avoid_steps, extent.avoid_batch),
    }[task]
    rate = AVOID_LEARNING_RATE if task == AVOID else LEARNING_RATE
    descent = {"steps": steps, "batch": batch, "warmup_steps": min(200, steps // 5), "learning_rate": rate}
    settings = {"seed": seed, "training": descent, **({"context": CONTEXT} if task == REACH else {})}
    if learner == BC:
        return {**settings, "learner": {"name": "bc", "head": "mse", "hidden": WIDTHS[size]}}
    channels = {REACH: CHANNELS[size], PICK: PICK_CHANNELS, AVOID: AVOID_CHANNELS}[task]
    model = {"channels": channels, "groups": 2}
    return {**settings, "model": model, "diffusion": {"sampling_steps": 5}}


def _acting(learner: str, task: str, seed: int, extent: Extent) -> dict[str, Any]:
    """That of config/train/gail.yaml, shorter."""
    shipped = read_yaml(package_path("config", "train", "gail.yaml"), "configuration")
    section, rollouts = {**shipped["learner"], "name": learner}, extent.rollouts[learner]
    if learner == DRAIL:
        section["judge"] = {**section["judge"], "batch": DRAIL_BATCH}
    if task == AVOID:
        section, rollouts = {**section, **ACTING_EVERYWHERE}, extent.avoid_acting
    settings = {**shipped["training"], "steps": rollouts}
    return {"seed": seed, "learner": section, "context": shipped["context"], "training": settings}
