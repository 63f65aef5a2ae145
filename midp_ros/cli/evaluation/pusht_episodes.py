"""An exported policy's episodes of Push-T in several processes; imports inference and pusht."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path

from midp_ros.core.errors import ContractMismatchError
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.pusht.evaluation import EpisodeScore, run_episodes
from midp_ros.pusht.state import TASK

SIDE_BY_SIDE = 10  # episodes of one process that share an inference


def evaluate(
    model: str | Path, seeds: Sequence[int], jobs: int = 0, on_scores: Callable[[int], None] = lambda count: None
) -> list[EpisodeScore]:
    """The score of every seed's episode, in the seeds' order, whatever the number of processes.

    Args:
        jobs: processes side by side; 0 takes one per core.
        on_scores: told how many episodes have ended since it was told last.

    Raises:
        FileFormatError, ContractMismatchError: the model is none, or has learned something else.
    """
    load_policy(model)  # a bad model is said so here, once, and not by every process
    groups = [seeds[i : i + SIDE_BY_SIDE] for i in range(0, len(seeds), SIDE_BY_SIDE)]
    workers = min(len(groups), jobs or os.cpu_count() or 1)
    scores: dict[int, EpisodeScore] = {}
    with get_context("spawn").Pool(workers, _begin, [model]) as pool:
        for group in pool.imap_unordered(_run, groups):
            scores |= {s.seed: s for s in group}
            on_scores(len(group))
    return [scores[seed] for seed in seeds]


def load_policy(model: str | Path) -> OnnxPolicy:
    """The policy, checked to be one of Push-T."""
    policy = OnnxPolicy(model)
    if policy.contract.skill != TASK:
        raise ContractMismatchError(f"{model} has learned {policy.contract.skill!r}, not {TASK!r}")
    return policy


_policy: OnnxPolicy


def _begin(model: str | Path) -> None:
    global _policy
    _policy = load_policy(model)


def _run(seeds: Sequence[int]) -> list[EpisodeScore]:
    return list(run_episodes(_policy, seeds))
