"""Runs of an experiment without a training, in a module of its own: each run's process imports it, and little else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial

from midp_ros.cli.experiments.run import Failed, Job, Progress, Send
from midp_ros.experiment.result import Result, TrainingMachine

DATA_HASH = "ab" * 32


def begin(_: None, send: Send) -> Callable[[Job], None]:
    return partial(work, send=send)


def work(job: Job, send: Send) -> None:
    """A result out of thin air; seed 7 dies, seed 8 fails, seed 99 is running at a Ctrl-C."""
    run = job.run
    send(Progress("training", 1, 2))
    if run.seed == 7:
        os._exit(3)
    if run.seed == 8:
        return send(Failed("training diverged"))
    if run.seed == 99:
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(60)
    curve = {"step": (1,), "denoising_error": (0.5,), "bound": (None,)}
    machine = TrainingMachine("x", 2, job.threads, 0.0)
    Result(
        run.task, run.size, run.variant, run.seed, run.config.to_dict(), run.overrides, DATA_HASH, 2, 42,
        run.first_seed, 0.5, (0.5,) * run.episodes, curve, 30.0, 100.0, 20.0, machine, "0", "today",
    ).write(run.result_path)  # fmt: skip
