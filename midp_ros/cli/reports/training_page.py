"""report.html and curves.png of a training run; imports learning."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from midp_ros.cli.reports.page import Page, code, note, picture, table
from midp_ros.cli.terminal.price_table import HEADINGS, price_rows
from midp_ros.cli.terminal.verdict_table import verdict_rows
from midp_ros.core.files.output import write_bytes
from midp_ros.learning.config import LearnerConfig
from midp_ros.learning.monitoring.curves import draw_curves
from midp_ros.learning.monitoring.price_tag import price_tag

if TYPE_CHECKING:
    from midp_ros.learning.config import TrainConfig
    from midp_ros.learning.monitoring.verdict import Verdict
    from midp_ros.learning.training import Training

ERRORS = (
    "Mean distance between predicted and demonstrated actions over the executed steps of a chunk, of the averaged "
    "weights and the configured number of denoising steps. The demonstrated motion is the error of standing still."
)


def write_training_page(
    training: Training, verdict: Verdict, rows: Sequence[dict[str, float]]
) -> tuple[Path, Path | None]:
    """Writes the page and the curves into the run's folder.

    Returns:
        The page, and the curves; None where matplotlib is not installed.
    """
    settings = training.config
    drawing = io.BytesIO()
    drawn = draw_curves(rows, drawing, error=training.objective.what)
    curves = settings.run_dir / "curves.png" if drawn else None
    if curves:
        write_bytes(curves, drawing.getvalue())
    path = settings.run_dir / "report.html"
    _page(training, verdict, rows, drawing.getvalue() if drawn else b"").write(path)
    return path, curves


def _page(training: Training, verdict: Verdict, rows: Sequence[dict[str, float]], curves: bytes) -> Page:
    settings, dataset = training.config, training.dataset
    about = f"skill {dataset.contract.skill}, {training.step} of {settings.training.steps} steps"
    page = Page(f"Training of {settings.name}", about)
    page.verdict(verdict.sentences, verdict.good, _tiles(training, verdict))
    headings, errors = verdict_rows(verdict)
    page.section("Action error", table(headings, errors, numbers=range(1, len(headings))), note(ERRORS))
    if curves:
        page.section("Curves", picture(curves, "png"), note(_on_curves(settings, rows)))
    if tag := price_tag(training.policy, settings.history_bottleneck.weight, training.objective.what):
        priced = table(list(HEADINGS), price_rows(tag), numbers=range(1, len(HEADINGS)))
        page.section("Price tag of the past", priced, note(" ".join(f"{s[0].upper()}{s[1:]}." for s in tag.sentences)))
    page.section("What was trained", table(["", ""], _facts(training)))
    return page


def _tiles(training: Training, verdict: Verdict) -> list[tuple[str, str]]:
    shown = verdict.held_out or verdict.learned
    where = "held out" if verdict.held_out else "learned episodes"
    tiles = [(f"{e.error:.3g} {e.unit}", f"{e.name.replace('_', ' ')}, {where}") for e in shown[:3]]
    if not math.isnan(verdict.ratio):
        tiles.append((f"{verdict.ratio:.2f}", "held-out to learned error"))
    return tiles


def _on_curves(settings: TrainConfig, rows: Sequence[dict[str, float]]) -> str:
    texts = ["Only terms that this training had are drawn."]
    if settings.regulariser and settings.regulariser.weight == 0:
        texts.append("The bound of mutual information was measured and not rewarded (regulariser.weight is 0).")
    if rows:
        texts.append(f"{sum(r['steps_per_s'] for r in rows) / len(rows):.1f} training steps per second.")
    return " ".join(texts)


def _learner(settings: TrainConfig) -> str:
    if settings.learner != LearnerConfig():
        keys = ", ".join(f"{key} {value}" for key, value in settings.learner.options.items())
        return settings.learner.name + (f" ({keys})" if keys else "")
    return f"{settings.diffusion.method}, {settings.diffusion.sampling_steps} denoising steps"


def _facts(training: Training) -> list[list[str]]:
    settings, dataset, held_out = training.config, training.dataset, training.held_out
    episodes = f"{dataset.episodes} episodes, {len(dataset)} windows"
    episodes += f"; {held_out.episodes} episodes, {len(held_out)} windows held out" if held_out else "; none held out"
    terms = training.objective.what
    if settings.regulariser and settings.regulariser.weight > 0:
        r = settings.regulariser
        terms += f" - {r.weight:g} x information of {r.x} and {r.y} ({r.estimator})"
    if training.policy.history_bottleneck is not None:
        terms += f" + {settings.history_bottleneck.weight:g} x information on past observations"
    return [
        ["command", code(training.command)],
        ["demonstrations", f"{settings.data}: {episodes}"],
        ["hash of the demonstrations", code(dataset.data_hash)],
        ["parameters", f"{training.policy.parameter_count:,}"],
        ["loss", terms],
        ["learner", _learner(settings)],
        ["checkpoint", code(str(settings.run_dir / "checkpoint.pt"))],
    ]
