"""`midp train`: from recorded demonstrations to a checkpoint and a verdict; may import everything but nodes."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from midp_ros.cli.terminal.console import plain_console, say, warn
from midp_ros.cli.terminal.interrupt import Interruptible, quiet_loading
from midp_ros.cli.terminal.progress import ends_at, progress_bar, reading_bar
from midp_ros.cli.training.demonstrations import load_demonstrations
from midp_ros.cli.training.unread_settings import unread_settings
from midp_ros.core.errors import FileFormatError, OutputError
from midp_ros.core.files.file_kind import advice
from midp_ros.core.files.output import lock_folder, require_writable_folder

if TYPE_CHECKING:
    from midp_ros.learning.checkpoint import Checkpoint
    from midp_ros.learning.config import TrainConfig
    from midp_ros.learning.dataset import Dataset
    from midp_ros.learning.team import Team
    from midp_ros.learning.training import Training


def train(
    config: Annotated[Path, typer.Argument(help="YAML file, e.g. config/train/pick.yaml.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="key.subkey=value, e.g. training.steps=3000.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of episodes or zarr file, instead of the configuration's.")
    ] = None,
    keep_failed: Annotated[
        bool, typer.Option("--keep-failed", help="Learn episodes that are marked as failures, too.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of resuming the checkpoint.")] = False,
    threads: Annotated[int, typer.Option(min=0, help="Threads of torch; 0: one per core.")] = 0,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write event files for TensorBoard into the run's folder.")
    ] = False,
) -> None:
    """Train a policy, and end in a verdict: errors of its actions, over-fitting, curves and a page.

    A run of the same name resumes where it was stopped; Ctrl-C saves a checkpoint first. With more training.steps than
    before, a finished run goes on. On several GPUs or machines: torchrun
    --standalone --nproc-per-node N -m midp_ros.cli.main train ...
    """
    # OpenMP's threads wait for each other spinning; on a busy machine that makes a step twenty times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from midp_ros.learning.config import TrainConfig

    if config.suffix not in (".yaml", ".yml") and (wrong := advice(config, "configuration")):
        raise FileFormatError(f"{wrong}; a training starts from a YAML file, e.g. config/train/pick.yaml")
    changes = [*(overrides or [])]
    changes += [f"data={data}"] if data else []
    changes += ["keep_failed=true"] if keep_failed else []
    settings = TrainConfig.load(config, changes)
    from midp_ros.learning.team import leave, team_of  # torch takes seconds to load

    team = team_of()
    console = plain_console(quiet=not team.leads)
    if tensorboard:
        from midp_ros.learning.monitoring.event_files import require_tensorboard

        require_tensorboard()
    require_writable_folder(settings.run_dir)
    _lock = lock_folder(settings.run_dir) if team.leads else None
    command = shlex.join(["midp", "train", str(config), *changes])
    with quiet_loading():
        for text in unread_settings(settings, overrides or []):
            warn(text, console)
        training = prepare(settings, command, fresh, threads, console, team)
    try:
        with Interruptible() as interruptible:
            finished = show(training, interruptible, console, tensorboard)
    finally:
        leave(team)
    if not finished:
        saved = f"step {training.step} of {training.config.training.steps}, checkpoint in {training.config.run_dir}"
        say(f"interrupted at {saved}; the same command resumes there:\n  {command}", console=console)
        raise interruptible.exit
    if team.leads:
        conclude(training, console)


def prepare(
    settings: TrainConfig, command: str, fresh: bool, threads: int, console: Console, team: Team | None = None
) -> Training:
    """Reads demonstrations and checkpoint, and prints what is learned and what is left out."""
    import torch  # takes seconds to load, which other commands shall not wait for

    from midp_ros.learning.checkpoint import Checkpoint
    from midp_ros.learning.config import AUTO
    from midp_ros.learning.device import choose_compute
    from midp_ros.learning.learners.learner import loop_of
    from midp_ros.learning.monitoring.run_directory import checkpoint_path
    from midp_ros.learning.team import Team, join
    from midp_ros.learning.training import Training

    team = team or Team()
    compute = choose_compute(settings.device, settings.precision, team)
    join(team, compute.device)
    if threads:
        torch.set_num_threads(threads)
    saved = checkpoint_path(settings.run_dir)
    resume = None
    if saved.exists() and not fresh:
        try:
            resume = Checkpoint.load(saved)
        except FileFormatError as e:
            raise FileFormatError(f"{e}; --fresh starts over") from None
        if resume.config.held_out != settings.held_out:  # a run measures itself on what it did not learn from the start
            say(f"held_out stays {resume.config.held_out:g}, as this run began", console=console)
            settings = replace(settings, held_out=resume.config.held_out)
    learned, held_out = datasets(settings, console)
    training = loop_of(settings, Training)(settings, learned, command, resume, held_out, compute, team)
    team.require_alike(step=training.step, demonstrations=learned.data_hash, settings=settings.essence.to_dict())
    size = f"policy of {training.policy.parameter_count:,} parameters on {where(training)}"
    say(f"{size}, run in {settings.run_dir}", console=console)
    if settings.scene_motions == AUTO:
        say(
            f"scene_motions, by the contract of {learned.contract.skill!r}: {training.config.scene_motions}",
            console=console,
        )
    if resume:
        _say_how_it_resumes(resume, settings, console)
    return training


def where(training: Training) -> str:
    """Device, precision and number of processes of a training."""
    compute, processes = training.compute, training.team.size
    precision = ", bfloat16" if compute.bf16 else ""
    return f"{compute.device}{precision}" + (f", {processes} processes" if processes > 1 else "")


def datasets(settings: TrainConfig, console: Console) -> tuple[Dataset, Dataset | None]:
    """Windows to learn and windows to measure on."""
    from midp_ros.learning.dataset import build_dataset
    from midp_ros.learning.selection import select

    with reading_bar("reading demonstrations", console) as progress:
        episodes, remark = load_demonstrations(settings.data, progress)
    selection = select(episodes, settings.keep_failed, settings.held_out)
    for text in (*([remark] if remark else []), *selection.remarks):
        warn(text, console)
    with reading_bar("cutting windows", console) as progress:  # decodes pictures
        learned = build_dataset(selection.learned, settings.context, progress)
        held_out = build_dataset(selection.held_out, settings.context, progress) if selection.held_out else None
    apart = f"; {held_out.episodes} more are held out" if held_out else ""
    say(f"{learned.episodes} episodes, {len(learned)} windows from {settings.data}{apart}", console=console)
    return learned, held_out


def _say_how_it_resumes(resume: Checkpoint, settings: TrainConfig, console: Console) -> None:
    before, now = resume.config.training.steps, settings.training.steps
    if resume.step >= now:
        say(f"this run has done {resume.step} of {now} steps; a larger training.steps goes on", console=console)
        return
    say(f"resuming at step {resume.step} of {now} (--fresh starts over)", console=console)
    if before != now:
        how = f"the learning rate follows the cosine over {now} steps from here"
        say(f"training.steps was {before}: {how}", console=console)


def show(training: Training, interruptible: Interruptible, console: Console, tensorboard: bool = False) -> bool:
    """Runs the training with its progress, to its end; asked to stop, saves a checkpoint and returns False."""
    from midp_ros.learning.monitoring.event_files import EventFiles
    from midp_ros.learning.monitoring.metrics_file import MetricsFile
    from midp_ros.learning.monitoring.run_directory import metrics_path, save_checkpoint, train_into

    settings, run_dir, team = training.config.training, training.config.run_dir, training.team
    if not team.leads:
        return not any(team.any(interruptible.requested) and m.step < settings.steps for m in training.run())
    safe = training.step
    try:
        metrics_file = MetricsFile(metrics_path(run_dir), settings.log_every, training.step)
        if metrics_file.damaged:
            warn(f"{metrics_file.path}: {metrics_file.damaged} rows were cut off and are dropped", console)
        events = EventFiles(run_dir, training.step) if tensorboard else nullcontext()
        with progress_bar(console, transient=True, unit="steps") as progress, events as event_files:
            bar = progress.add_task("training", total=settings.steps, completed=training.step)
            for metrics, row in train_into(training, run_dir, metrics_file):
                progress.update(bar, completed=metrics.step)
                if row and event_files:
                    event_files.add(row)
                if row and (metrics.step % (10 * settings.log_every) == 0 or metrics.step == settings.steps):
                    shown = progress_line(metrics.step, row, training.objective.what)
                    say(shown + ending(settings.steps - metrics.step, row), console=console)
                if metrics.step % settings.save_every == 0 or metrics.step == settings.steps:
                    safe = metrics.step
                if team.any(interruptible.requested) and metrics.step < settings.steps:
                    save_checkpoint(training, run_dir)
                    return False
    except OutputError as e:
        goes_on = f"resumes at step {safe}" if safe else "starts over"
        raise OutputError(f"{e}; make room, and the same command {goes_on}") from None
    return True


def conclude(training: Training, console: Console) -> None:
    """Measures the policy, prints the verdict, and writes curves and page."""
    from midp_ros.learning.monitoring.metrics_file import read_metrics
    from midp_ros.learning.monitoring.price_tag import price_tag
    from midp_ros.learning.monitoring.run_directory import checkpoint_path, metrics_path
    from midp_ros.learning.monitoring.verdict import verdict

    settings = training.config
    rows = read_metrics(metrics_path(settings.run_dir))
    found = verdict(training.ema.model.cpu(), training.dataset, training.held_out, rows)  # type: ignore[arg-type]
    from midp_ros.cli.reports.training_page import write_training_page
    from midp_ros.cli.terminal.price_table import print_price_tag
    from midp_ros.cli.terminal.verdict_table import print_verdict

    print_verdict(found, console)
    if tag := price_tag(training.policy, settings.history_bottleneck.weight, training.objective.what):
        print_price_tag(tag, console)
    page, curves = write_training_page(training, found, rows)
    say(f"checkpoint: {checkpoint_path(settings.run_dir)}", console=console)
    if curves:
        say(f"curves: {curves}", console=console)
    say(f"report: {page}", console=console)
    model = settings.run_dir / f"{settings.name}.onnx"
    say(f"next: midp export {checkpoint_path(settings.run_dir)} {model}", console=console)


def ending(steps_left: int, row: Mapping[str, float]) -> str:
    """When the training ends at a row's speed; empty at its end."""
    return f", {ends_at(steps_left / row['steps_per_s'])}" if steps_left else ""


def progress_line(step: int, row: Mapping[str, float], error: str = "denoising error") -> str:
    """A row of metrics for a person to read: information only where the loss carries it, and is not NaN."""
    information = {"bound": row["bound"], "on past observations": row["history_information"]}
    shown = "".join(f"  {what} {nat:.3f} nat" for what, nat in information.items() if not math.isnan(nat))
    held_out = row.get("held_out_error", math.nan)
    shown = ("" if math.isnan(held_out) else f" (held out {held_out:.4f})") + shown
    if not math.isnan(row.get("success", math.nan)):
        shown += f"  reward {row['reward']:.3f}  success {row['success']:.2f}"
    if not math.isnan(row["gradient_norm"]):
        shown += f"  gradient {row['gradient_norm']:.3f}"
    return f"step {step:6d}  {error} {row['denoising_error']:.4f}{shown}  {row['steps_per_s']:.1f} steps/s"


if __name__ == "__main__":
    typer.run(train)
