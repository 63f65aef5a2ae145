"""Rewards of an exported policy's episodes, for an experiment; imports inference and the tasks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from midp_ros.cli.evaluation import episodes as evaluation
from midp_ros.cli.evaluation import pusht_episodes as pusht_evaluation
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.pusht.state import TASK


def episode_rewards(
    model: Path, seeds: range, handover: str, processes: int, on_done: Callable[[int], None]
) -> list[float]:
    """Every episode's maximum reward (Push-T), or its success, 0 or 1, in the order of the seeds.

    Args:
        handover: as `midp evaluate --handover` takes it; Push-T has none.
        processes: side by side; 0 takes one per core.
        on_done: called with the number of episodes that are over.
    """
    done = 0

    def ended(count: int) -> None:
        nonlocal done
        done += count
        on_done(done)

    skill = OnnxPolicy(model).contract.skill
    if skill == TASK:
        return [s.max_reward for s in pusht_evaluation.evaluate(model, seeds, processes, ended)]
    found: dict[int, float] = {}
    job = evaluation.checked(evaluation.Job(str(model), skill, handover=handover))
    for episode in evaluation.run(job, seeds, processes):
        found[episode["seed"]] = float(episode["success"])
        ended(1)
    return [found[seed] for seed in seeds]
