"""The study's parts: a training and what it is judged by, and the expert beside them; imports the study's files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.core.contract import Contract
from midp_ros.expert import make_expert
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.reproduce.diffusion_imitation.cases import Case, cases
from midp_ros.reproduce.diffusion_imitation.extent import ACTING, AVOID, Extent, extent_of
from midp_ros.reproduce.diffusion_imitation.measured import errors_mm, sides, success
from midp_ros.reproduce.study import Part, Report
from midp_ros.reproduce.trials import FIRST_SEED, demonstrations, train

if TYPE_CHECKING:
    from midp_ros.core.episode import Episode

EXPERT = "expert"  # a part for each task: what can be reached at all


def parts(quick: bool) -> Sequence[Part]:
    """See Study."""
    extent = extent_of(quick)
    found = [Part(case.name, case.settings(extent), partial(_trained, case, extent)) for case in cases(extent)]
    for task, _, factors in extent.widened:
        settings = {"episodes": extent.episodes, "factors": list(factors), "first_seed": FIRST_SEED}
        found.append(Part(f"{task}-{EXPERT}", settings, partial(_expert, task, factors, extent.episodes)))
    return found


def _expert(task: str, factors: Sequence[float], episodes: int, report: Report, files: Path) -> dict[str, Any]:
    expert = make_expert(task, Contract.load(task))
    return {"success": success(expert, task, factors, episodes, report)}


def _trained(case: Case, extent: Extent, report: Report, files: Path) -> dict[str, Any]:
    shown, unseen = _split(case, extent, report, files)
    model = files / f"{case.name}.onnx"
    trained = train(case.training(extent), shown, model, report)
    policy = OnnxPolicy(model)
    result: dict[str, Any] = {
        "parameters": policy.parameters,
        "train_s": trained.seconds,
        "error_mm": errors_mm(policy, unseen),
    }
    if case.learner in ACTING:
        rollout = trained.checkpoint.config.learner.options["rollout"]
        steps = [rollout * step for step in trained.curve["step"]]
        result["exploring"] = {"control_steps": steps, "success": trained.curve["success"]}
    if case.mapped:
        from midp_ros.adversarial.reward_map import reward_map

        result["map"] = np.round(reward_map(trained.checkpoint), 3).tolist()
    if case.task == AVOID:
        result |= sides(policy, extent.episodes, extent.scenes, extent.draws, report)
        usual = {"1": [int(side != "none") for side in result["sides"]]}
        wider = success(policy, AVOID, case.factors[1:], extent.episodes, report)
        return {**result, "success": {**usual, **wider}}
    return {**result, "success": success(policy, case.task, case.factors, extent.episodes, report)}


def _split(case: Case, extent: Extent, report: Report, files: Path) -> tuple[list[Episode], list[Episode]]:
    """What is learned, and what its error is measured on: the same for all trainings of a task."""
    most = case.most(extent)
    recorded = demonstrations(case.task, most + extent.held_out, files / case.task, report)
    return recorded[: case.count], recorded[most:]
