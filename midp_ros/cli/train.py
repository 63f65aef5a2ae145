"""`midp train`: from recorded demonstrations to a checkpoint; may import everything but nodes."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from midp_ros.cli.training.demonstrations import load_demonstrations

if TYPE_CHECKING:
    from midp_ros.learning.training import Training


def train(
    config: Annotated[Path, typer.Argument(help="YAML file, e.g. config/train/pick.yaml")],
    overrides: Annotated[list[str] | None, typer.Argument(help="key.subkey=value, e.g. training.steps=3000")] = None,
    data: Annotated[
        Path | None, typer.Option(help="folder of episodes or zarr file, instead of the configuration's")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="start over instead of resuming the run's checkpoint")] = False,
    threads: Annotated[int, typer.Option(min=0, help="threads of torch; 0: one per core")] = 0,
) -> None:
    """Trains a policy; resumes by itself where a run of the same name was stopped."""
    # OpenMP's threads wait for each other spinning; on a busy machine that makes a step twenty times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch  # takes seconds to load, which other commands shall not wait for

    from midp_ros.learning.checkpoint import Checkpoint
    from midp_ros.learning.config import TrainConfig
    from midp_ros.learning.dataset import build_dataset
    from midp_ros.learning.run_directory import checkpoint_path, plot_curves
    from midp_ros.learning.training import Training

    console = Console()
    if threads:
        torch.set_num_threads(threads)
    changes = [*(overrides or []), *([f"data={data}"] if data else [])]
    settings = TrainConfig.load(config, changes)
    episodes, remark = load_demonstrations(settings.data)
    if remark:
        console.print(f"[yellow]warning:[/] {remark}")
    dataset = build_dataset(episodes)
    console.print(f"{dataset.episodes} episodes, {len(dataset)} windows from {settings.data}")
    saved = checkpoint_path(settings.run_dir)
    resume = Checkpoint.load(saved) if saved.exists() and not fresh else None
    command = shlex.join(["midp", "train", str(config), *changes])
    training = Training(settings, dataset, command, resume)
    console.print(f"policy of {training.policy.parameter_count:,} parameters, run in {settings.run_dir}")
    if resume:
        console.print(f"resuming at step {resume.step} of {settings.training.steps} (--fresh starts over)")
    _show(training, console)
    curves = plot_curves(settings.run_dir)
    console.print(f"checkpoint: {saved}" + (f"\ncurves: {curves}" if curves else ""))
    console.print(f"next: midp export {saved} models/{settings.name}.onnx")


def _show(training: Training, console: Console) -> None:
    from midp_ros.learning.run_directory import train_into

    total = training.config.training.steps
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("training", total=total, completed=training.step)
        for metrics, row in train_into(training, training.config.run_dir):
            progress.update(task, completed=metrics.step)
            if row and (metrics.step % (10 * training.config.training.log_every) == 0 or metrics.step == total):
                console.print(progress_line(metrics.step, row), highlight=False)


def progress_line(step: int, row: Mapping[str, float]) -> str:
    """A row of metrics for a person to read: information only where the loss carries it, and is not NaN."""
    information = {"bound": row["bound"], "known of the past": row["history_information"]}
    said = "".join(f"  {what} {nat:.3f} nat" for what, nat in information.items() if not math.isnan(nat))
    return (
        f"step {step:6d}  denoising error {row['denoising_error']:.4f}{said}  "
        f"gradient {row['gradient_norm']:.3f}  {row['steps_per_s']:.1f} steps/s"
    )


if __name__ == "__main__":
    typer.run(train)
