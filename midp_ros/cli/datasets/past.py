"""`midp data past`: what the past of each observed entry is worth; imports learning, pusht and recording."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from midp_ros.cli.datasets.opening import with_progress
from midp_ros.cli.terminal.console import plain_console, say, warn
from midp_ros.cli.terminal.interrupt import Interruptible, quiet_loading
from midp_ros.cli.terminal.price_table import print_price_tag
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.core.errors import FileFormatError
from midp_ros.core.plain_data import ConfigError
from midp_ros.pusht.demonstrations import is_zarr, read_demonstrations
from midp_ros.recording.formats import open_set
from midp_ros.recording.formats.options import ReadOptions

if TYPE_CHECKING:
    from midp_ros.core.episode import Episode
    from midp_ros.learning.config import TrainConfig
    from midp_ros.learning.training import Training

WIDTHS = (128, 128, 128)  # of the perceptron's layers, which train in seconds
BATCH, LEARNING_RATE, WARMUP_STEPS = 64, 2e-3, 100
GAIN_RATE = 10.0  # with the rates above: closes a channel that is not needed within some hundred steps
CLOSED_STEPS = 1000  # until what is not needed is closed, measured on Push-T and on sets with a known answer
AVERAGED = 0.1  # share of the steps, the last ones, whose denoising error is shown


def show_past(
    source: Path, options: ReadOptions, price: float, steps: int, observed: int | None, seed: int, as_json: bool
) -> None:
    """Trains a small policy that pays for its past, and prints the price tag.

    Raises:
        FileFormatError: no set, or none to learn from.
        ConfigError: a price without meaning, or a window without a past.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see `midp train`
    console = plain_console(stderr=as_json)
    with quiet_loading():
        training, left_out = _prepared(source, options, _settings(price, steps, observed, seed), console)
    if steps < CLOSED_STEPS:
        warn(f"{steps} steps are too few for a price: unused channels are closed after about {CLOSED_STEPS}", console)
    error = _trained(training, console)
    from midp_ros.learning.monitoring.price_tag import price_tag

    tag = price_tag(training.policy, price)
    assert tag is not None  # a window without a past was refused
    facts = {"source": str(source), "episodes": training.dataset.episodes, "windows": len(training.dataset)}
    if as_json:
        made = {**facts, "observed": training.dataset.contract.horizon.observed, "steps": steps, "seed": seed}
        print(json.dumps({**made, "images_left_out": left_out, "denoising_error": error, **tag.plain()}))
        return
    print_price_tag(tag, console, error)
    say(f"{source}: {facts['episodes']} episodes, {facts['windows']} windows; {steps} training steps", console=console)


def _settings(price: float, steps: int, observed: int | None, seed: int) -> TrainConfig:
    from midp_ros.learning.config import (
        ContextConfig,
        HistoryBottleneckConfig,
        ModelConfig,
        TrainConfig,
        TrainingConfig,
    )

    return TrainConfig(
        "past", "past", seed=seed, device="cpu",
        model=ModelConfig("perceptron", channels=WIDTHS),
        training=TrainingConfig(steps, BATCH, learning_rate=LEARNING_RATE, warmup_steps=min(WARMUP_STEPS, steps // 10)),
        history_bottleneck=HistoryBottleneckConfig(
            price, steps // 3, GAIN_RATE, differences=True, joint=True, delay_steps=steps // 3
        ),
        context=ContextConfig(observed),
    )  # fmt: skip


def _prepared(
    source: Path, options: ReadOptions, settings: TrainConfig, console: Console
) -> tuple[Training, list[str]]:
    """The training, and the names of images that it leaves out."""
    from midp_ros.learning.dataset import build_dataset
    from midp_ros.learning.selection import select
    from midp_ros.learning.training import Training

    episodes = _episodes(source, options)
    images = [image.name for image in episodes[0].contract.images] if episodes else []
    if images:
        warn(f"{', '.join(images)}: images are left out, so what only they show may seem to be worth a past", console)
        episodes = [replace(e, contract=replace(e.contract, images=()), images={}) for e in episodes]
    succeeded = [e for e in episodes if not e.failed]
    if failed := len(episodes) - len(succeeded):
        if not succeeded:
            raise FileFormatError(
                f"{source}: all {failed} episodes are marked as failures, which nothing is learned from"
            )
        warn(f"{failed} of {len(episodes)} episodes are marked as failures and are left out", console)
    for remark in select(succeeded).remarks:
        warn(remark, console)
    dataset = build_dataset(succeeded, settings.context)
    if dataset.contract.horizon.observed == 1:
        skill = dataset.contract.skill
        raise ConfigError(f"{skill!r} observes 1 step, which has no past; --observed 2 looks at the one before it, too")
    return Training(settings, dataset), images


def _episodes(source: Path, options: ReadOptions) -> list[Episode]:
    contract = options.contract
    if is_zarr(source) and (contract is None or contract.skill == "pusht"):
        try:
            return read_demonstrations(source).episodes
        except FileFormatError:
            if not source.exists():
                raise
    found = open_set(source, options)
    for remark in found.remarks:
        warn(remark, plain_console(stderr=True))
    return [demonstration.episode for demonstration in with_progress(found, "reading")]


def _trained(training: Training, console: Console) -> float:
    """Runs the training behind a bar; returns the denoising error of its last steps."""
    steps, errors = training.config.training.steps, []
    with Interruptible() as interruptible, progress_bar(plain_console(stderr=True), True, "steps") as progress:
        bar = progress.add_task("training", total=steps)
        for metrics in training.run():
            errors.append(metrics.denoising_error)
            progress.update(bar, completed=metrics.step)
            if interruptible.requested:
                raise interruptible.exit
    last = errors[-max(1, round(AVERAGED * steps)) :]
    return sum(last) / len(last)
