"""`midp evaluate MODEL --task pusht`: the average maximum reward of Push-T, with its interval."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from midp_ros.cli.evaluation.pusht_episodes import evaluate, load_policy
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.core.card import ModelCard
from midp_ros.pusht.score import summarise
from midp_ros.pusht.state import TASK


def evaluate_pusht(model: Path, seeds: range, jobs: int, json_path: Path | None, update_card: bool) -> None:
    """Runs the seeds' episodes, prints the figures, and keeps them where asked to."""
    with progress_bar() as progress:
        bar = progress.add_task(f"evaluating {model} on {TASK}", total=len(seeds))
        scores = evaluate(model, seeds, jobs, lambda count: progress.advance(bar, count))
    figures = summarise(scores)
    low, high = figures["average_max_reward_interval"]
    Console().print(
        f"{TASK}: average maximum reward {figures['average_max_reward']:.3f} (95 % interval {low:.3f} to {high:.3f}), "
        f"success {100 * figures['success_rate']:.0f} % of {len(seeds)} episodes",
        highlight=False,
    )
    if json_path:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(_report(model, figures), indent=1) + "\n")
    if update_card:
        path = ModelCard.path_beside(model)
        ModelCard.read(path).with_scores(TASK, {**figures, "episodes": len(seeds)}).write(path)


def _report(model: Path, figures: dict[str, Any]) -> dict[str, Any]:
    card = load_policy(model).card
    about = ("command", "config", "data_hash", "parameters", "training_steps", "sampling_steps", "version")
    return {"model": str(model), "task": TASK, **figures, "card": {key: getattr(card, key) for key in about}}
