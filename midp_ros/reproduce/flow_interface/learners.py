"""The policies that are compared, all of the same size and trained on recordings of the training scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.reproduce.flow_interface.scenes import DEMONSTRATIONS, PLAY
from midp_ros.reproduce.study import Report
from midp_ros.reproduce.trials import train

FLOW, PLAIN, RELATIVE = "flow", "plain", "plain_relative"
LEARNERS = (FLOW, PLAIN, RELATIVE)
POINTS = [f"point_{i}_position" for i in (1, 2, 3, 4)]
SAYS = {FLOW: "flow", PLAIN: "plain", RELATIVE: "plain, seen from the tool"}


# What is trained in the whole study, and in seconds in its quick form: a perceptron that answers with the mean.
WHOLE = {"model": {"groups": 2}, "diffusion": {"sampling_steps": 4}}
SMALL = {
    "model": {"name": "perceptron", "channels": [256, 256, 256]},
    "diffusion": {"method": "regression", "sampling_steps": 1},
}


def settings(learner: str, seed: int, steps: int, small: bool, files: Path | None = None) -> dict[str, Any]:
    """The training configuration, plain; without a folder its names of data are those within it."""
    place = {kind: str(files / kind) if files else kind for kind in (DEMONSTRATIONS, PLAY)}
    section: Any = "diffusion"
    if learner == FLOW:
        keys = {"points": POINTS, "task": ["goal_position"], "sees": ["tool_rotation", "gripper_width"]}
        section = {"name": "flow_points", "play": place[PLAY], **keys}
    return {
        "name": f"{learner}_{seed}",
        "data": place[DEMONSTRATIONS],
        "seed": seed,
        "device": "cpu",
        "learner": section,
        **(SMALL if small else WHOLE),
        "training": {"steps": steps, "batch": 128, "warmup_steps": 100},
    }


def train_on(
    how: dict[str, Any], learner: str, demonstrations: Sequence[Episode], files: Path, report: Report
) -> Path:
    """Trains a policy and exports it; its ONNX file, beside its checkpoint.

    Args:
        how: of `settings`, with the study's folder of files.
    """
    shown = [without_tool_position(e) for e in demonstrations] if learner == RELATIVE else demonstrations
    path = files / f"{how['name']}.onnx"
    train(how, shown, path, report).checkpoint.save(path.with_suffix(".pt"))
    return path


def without_tool_position(episode: Episode) -> Episode:
    """The same demonstration for a policy that sees everything from its tool, and not where that is."""
    return replace(episode, contract=relative(episode.contract))


def relative(contract: Contract) -> Contract:
    """A contract whose policy does not see `tool_position`, which offsets are still taken from."""
    hidden = [replace(e, policy_input=False) if e.name == "tool_position" else e for e in contract.observation]
    return replace(contract, observation=tuple(hidden))
