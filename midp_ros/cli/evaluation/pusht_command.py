"""`midp evaluate MODEL --task pusht`: the average maximum reward of Push-T, with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from midp_ros.cli.evaluation.outcome import Outcome, collect
from midp_ros.cli.evaluation.pusht_episodes import load_policy, run
from midp_ros.cli.evaluation.worst import WorstEpisodes
from midp_ros.cli.reports.evaluation_page import outcome_cell
from midp_ros.cli.terminal.failures import counted
from midp_ros.cli.workers.place import HERE, Place
from midp_ros.pusht.evaluation import EpisodeScore
from midp_ros.pusht.score import summarise
from midp_ros.pusht.state import TASK

HEADINGS = ("seed", "outcome", "largest reward", "reason")
GOOD_REWARD = 0.8
ABOUT = ("command", "config", "data_hash", "parameters", "training_steps", "sampling_steps", "version")


def evaluate_pusht(model: Path, seeds: range, jobs: int, worst: int, place: Place = HERE) -> Outcome | None:
    """Runs the seeds' episodes; None where none ended before an interruption.

    Args:
        worst: so many episodes are drawn.
    """
    policy, scores = load_policy(model), list[EpisodeScore]()  # a bad model is refused here, once
    stopped = collect(run(model, seeds, jobs, place), len(seeds), f"evaluating {model} on {TASK}", scores.extend)
    if not scores:
        return None if stopped.interrupted else stopped.give_up()
    scores.sort(key=lambda s: s.seed)
    figures = summarise(scores)
    kept = WorstEpisodes(worst)
    for score in scores:
        kept.add({"seed": score.seed, "max_reward": score.max_reward})
    card = {key: getattr(policy.card, key) for key in ABOUT}
    failures = counted({"seed": s.seed, "failure": _failure(s)} for s in scores)
    return Outcome(
        report={"model": str(model), "task": TASK, **figures, "failures": failures, "card": card},
        sentence=_sentence(figures, len(scores)),
        headline=f"average maximum reward {figures['average_max_reward']:.3f}",
        good=figures["average_max_reward"] >= GOOD_REWARD,
        tiles=_tiles(figures),
        headings=HEADINGS,
        rows=[_row(s) for s in scores],
        draw=lambda: [(_caption(e), _animation(policy, e)) for e, _ in kept],
        stopped=stopped,
        wanted=len(seeds),
    )


def _sentence(figures: dict[str, Any], episodes: int) -> str:
    low, high = figures["average_max_reward_interval"]
    return (
        f"{TASK}: average maximum reward {figures['average_max_reward']:.3f} (95 % interval {low:.3f} to {high:.3f}), "
        f"success {100 * figures['success_rate']:.0f} % of {episodes} episodes"
    )


def _tiles(figures: dict[str, Any]) -> list[tuple[str, str]]:
    low, high = figures["average_max_reward_interval"]
    interval = f"average maximum reward, 95 % interval {low:.3f} to {high:.3f}"
    return [(f"{figures['average_max_reward']:.3f}", interval), (f"{100 * figures['success_rate']:.0f} %", "success")]


def _failure(score: EpisodeScore) -> dict[str, str] | None:
    """Rewards are the covered share of the mark over 0.95."""
    if score.max_reward >= 1.0:
        return None
    covered = 95 * score.max_reward
    part = "nearly" if covered >= 80 else "partly" if covered >= 40 else "hardly"
    return {"reason": f"timeout: the T {part} covers its mark", "details": f"{covered:.0f} % of 95 % at most"}


def _row(score: EpisodeScore) -> list[str]:
    failure = _failure(score)
    reason = f"{failure['reason']}, {failure['details']}" if failure else ""
    return [str(score.seed), outcome_cell(failure is None), f"{score.max_reward:.3f}", reason]


def _caption(episode: dict[str, Any]) -> str:
    return f"seed {episode['seed']}: largest reward {episode['max_reward']:.3f}"


def _animation(policy: Any, episode: dict[str, Any]) -> bytes:
    from midp_ros.cli.pictures.pusht import episode_pictures
    from midp_ros.core.files.animation import encode_animation

    pictures, _ = episode_pictures(policy, episode["seed"])
    return encode_animation([p[::2, ::2] for p in pictures[::2]], policy.contract.rate_hz / 2)
