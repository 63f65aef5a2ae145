"""An exported policy's episodes of Push-T in several processes; imports inference and pusht."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from midp_ros.cli.workers.place import HERE, Place
from midp_ros.cli.workers.sharing import share_out
from midp_ros.core.errors import ContractMismatchError
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.pusht.evaluation import EpisodeScore, run_episodes
from midp_ros.pusht.state import TASK

SIDE_BY_SIDE = 10  # episodes of one process that share an inference


def run(
    model: str | Path, seeds: Sequence[int], jobs: int = 0, place: Place = HERE
) -> Iterator[list[EpisodeScore]]:
    """Yields the scores of the seeds' episodes in groups, as they end.

    Args:
        jobs: processes side by side; 0 takes one per core.

    Raises:
        WorkerError: a process failed, or three were killed in the same episodes.
    """
    groups = [seeds[i : i + SIDE_BY_SIDE] for i in range(0, len(seeds), SIDE_BY_SIDE)]
    yield from share_out(_begin, model, groups, jobs, place)


def evaluate(
    model: str | Path, seeds: Sequence[int], jobs: int = 0, on_scores: Callable[[int], None] = lambda count: None
) -> list[EpisodeScore]:
    """The score of every seed's episode, in the seeds' order, whatever the number of processes.

    Args:
        jobs: processes side by side; 0 takes one per core.
        on_scores: called with the number of episodes that have ended since its last call.

    Raises:
        FileFormatError, ContractMismatchError: the file is no model, or has learned another task.
    """
    load_policy(model)  # a bad model is refused here, once, and not by every process
    scores: dict[int, EpisodeScore] = {}
    for group in run(model, seeds, jobs):
        scores |= {s.seed: s for s in group}
        on_scores(len(group))
    return [scores[seed] for seed in seeds]


def load_policy(model: str | Path) -> OnnxPolicy:
    """The policy, checked to be one of Push-T."""
    policy = OnnxPolicy(model)
    if policy.contract.skill != TASK:
        raise ContractMismatchError(f"{model} has learned {policy.contract.skill!r}, not {TASK!r}")
    return policy


def _begin(model: str | Path, send: object) -> Callable[[Sequence[int]], list[EpisodeScore]]:
    policy = load_policy(model)
    return lambda seeds: list(run_episodes(policy, seeds))
