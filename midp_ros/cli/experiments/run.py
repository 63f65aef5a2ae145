"""One run of an experiment: train, export, evaluate, keep the result; imports learning, inference and the tasks."""

from __future__ import annotations

import datetime
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import midp_ros
from midp_ros.cli.experiments.data import load_dataset
from midp_ros.cli.experiments.scoring import episode_rewards
from midp_ros.cli.terminal.interrupt import Interruptible
from midp_ros.core.errors import MidpError
from midp_ros.core.files.output import lock_folder, require_writable_folder
from midp_ros.experiment.machine import machine
from midp_ros.experiment.result import CPU, FLOAT32, Result, TrainingMachine, thinned
from midp_ros.experiment.runs import Run

if TYPE_CHECKING:
    from midp_ros.learning.checkpoint import Checkpoint
    from midp_ros.learning.dataset import Dataset
    from midp_ros.learning.device import Compute
    from midp_ros.learning.training import Training

REPORT_EVERY_S = 1.0


@dataclass(frozen=True)
class Progress:
    """How far a run is: `reading` demonstrations, `training` steps or `evaluating` episodes."""

    phase: str
    done: int
    total: int


@dataclass(frozen=True)
class Note:
    """A remark of a run for the user."""

    text: str


@dataclass(frozen=True)
class Failed:
    """Why a run could not be finished."""

    reason: str


Send = Callable[[Progress | Note | Failed], None]


@dataclass(frozen=True)
class Job:
    """A run, and torch's threads for it; 0: one per core."""

    run: Run
    threads: int


def begin(_: None, send: Send) -> Callable[[Job], None]:
    """Sets up a process of one job; sends its progress."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the starting process's to handle

    def work(job: Job) -> None:
        try:
            execute(job, send)
        except MidpError as e:
            send(Failed(str(e)))

    return work


def execute(job: Job, send: Send) -> None:
    """Trains from where the run was stopped, exports, evaluates, and writes the result."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see `midp train`
    import torch

    from midp_ros.learning.checkpoint import Checkpoint
    from midp_ros.learning.device import choose_compute
    from midp_ros.learning.export import export_onnx
    from midp_ros.learning.learners.learner import loop_of
    from midp_ros.learning.monitoring.metrics_file import read_metrics
    from midp_ros.learning.monitoring.run_directory import checkpoint_path, metrics_path
    from midp_ros.learning.training import Training

    if job.threads:
        torch.set_num_threads(job.threads)
    run, run_dir = job.run, job.run.config.run_dir
    _lock = lock_folder(require_writable_folder(run_dir))  # until this function returns
    report = _reporting(send, "reading")
    dataset = load_dataset(run.data, run.demonstrations, run.config.keep_failed, run.config.context, report)
    compute = choose_compute(run.config.device, run.config.precision)
    command = f"midp experiment, run {run.name}"
    resumed = _resumed(run, dataset, send)
    training = loop_of(run.config, Training)(run.config, dataset, command, resumed, compute=compute)
    if not _train(training, send):
        return
    model = run_dir / "policy.onnx"
    card, _ = export_onnx(Checkpoint.load(checkpoint_path(run_dir)), model)
    since = time.monotonic()
    send(Progress("evaluating", 0, run.episodes))
    rewards = episode_rewards(
        model, run.evaluation_seeds, run.handover, job.threads,
        lambda done: send(Progress("evaluating", done, run.episodes)),
    )  # fmt: skip
    rows = read_metrics(metrics_path(run_dir))
    seconds_a_step = sum(1 / row["steps_per_s"] for row in rows) / max(1, len(rows))
    Result(
        run.task, run.size, run.variant, run.seed, run.config.to_dict(), run.overrides, dataset.data_hash,
        dataset.episodes, card.parameters, run.first_seed,
        average=round(sum(rewards) / len(rewards), 5),
        rewards=tuple(round(r, 5) for r in rewards),
        curve=thinned(rows, ("denoising_error", "bound")),
        steps_per_s=round(1 / seconds_a_step, 2) if rows else 0.0,
        training_s=round(seconds_a_step * run.config.training.steps, 1),
        evaluation_s=round(time.monotonic() - since, 1),
        machine=_trained_on(compute),
        version=midp_ros.__version__,
        date=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        handover=run.handover,
    ).write(run.result_path)  # fmt: skip


def _reporting(send: Send, phase: str) -> Callable[[int, int], None]:
    """Sends how far a phase is, at most once a second."""
    reported_s = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal reported_s
        if time.monotonic() - reported_s > REPORT_EVERY_S:
            reported_s = time.monotonic()
            send(Progress(phase, done, total))

    return report


def _trained_on(compute: Compute) -> TrainingMachine:
    """With another device or precision a training comes to other weights."""
    import torch

    device = torch.cuda.get_device_name(compute.device) if compute.device.type == "cuda" else CPU
    here = asdict(machine(torch.get_num_threads()))
    return TrainingMachine(**here, device=device, precision="bfloat16" if compute.bf16 else FLOAT32)


def _resumed(run: Run, dataset: Dataset, send: Send) -> Checkpoint | None:
    """The run's checkpoint, if it is one of this configuration and these demonstrations."""
    from midp_ros.learning.checkpoint import Checkpoint
    from midp_ros.learning.monitoring.run_directory import checkpoint_path

    path = checkpoint_path(run.config.run_dir)
    if not path.exists():
        return None
    try:
        saved = Checkpoint.load(path)
    except MidpError as e:
        send(Note(f"starting over: {e}"))
        return None
    difference = run.config.obstacle_to_resuming(saved.config)
    if saved.data_hash != dataset.data_hash:
        difference = "other demonstrations"
    if difference:
        send(Note(f"starting over: {path} was trained with {difference}"))
        return None
    return saved


def _train(training: Training, send: Send) -> bool:
    """Trains to the end, or to a SIGTERM, at which it saves a checkpoint; returns whether the training is complete."""
    from midp_ros.learning.monitoring.run_directory import save_checkpoint, train_into

    total, run_dir = training.config.training.steps, training.config.run_dir
    send(Progress("training", training.step, total))
    report = _reporting(send, "training")
    with Interruptible() as interruptible:
        for metrics, _ in train_into(training, run_dir):
            if interruptible.requested and metrics.step < total:
                save_checkpoint(training, run_dir)
                return False
            report(metrics.step, total)
    return True
