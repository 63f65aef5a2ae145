"""What an experiment asks of every exported policy: a reward for each episode; imports inference and the tasks."""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from midp_ros.cli import evaluation, pusht_evaluation
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.pusht.state import TASK


def episode_rewards(model: Path, seeds: range, processes: int, on_done: Callable[[int], None]) -> list[float]:
    """Every episode's maximum reward (Push-T), or its success, 0 or 1, in the order of the seeds.

    Args:
        processes: side by side; 0 takes one per core.
        on_done: told how many episodes are over.
    """
    done = 0

    def ended(count: int) -> None:
        nonlocal done
        done += count
        on_done(done)

    skill = OnnxPolicy(model).contract.skill
    if skill == TASK:
        return [s.max_reward for s in pusht_evaluation.evaluate(model, seeds, processes, ended)]
    return _successes(evaluation.Job(str(model), skill), seeds, processes or os.cpu_count() or 1, ended)


def _successes(job: evaluation.Job, seeds: range, processes: int, ended: Callable[[int], None]) -> list[float]:
    found = {}
    with get_context("spawn").Pool(min(processes, len(seeds)), evaluation.begin, [evaluation.checked(job)]) as pool:
        for episode in pool.imap_unordered(evaluation.episode, seeds):
            found[episode["seed"]] = float(episode["success"])
            ended(1)
    return [found[seed] for seed in seeds]
