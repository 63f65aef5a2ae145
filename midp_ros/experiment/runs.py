"""An experiment's runs: one training and evaluation each; imports core and learning's configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import require
from midp_ros.experiment.config import Experiment
from midp_ros.learning.config import AUTO, TrainConfig


@dataclass(frozen=True)
class Run:
    """One training and its evaluation.

    Attributes:
        task, size, variant, seed: its place in the grid.
        config: of the training; its `data` is what the files name, not where they lie on this machine.
        overrides: what `config` differs by from the task's training configuration.
        data: where the demonstrations lie.
        part: the variant's own folder of demonstrations; '' where the variants share them.
        demonstrations: how many of them; 0 takes all.
        episodes, first_seed, handover: of the evaluation.
        result_path: the result's file, which exists when the run is done.
    """

    task: str
    size: str
    variant: str
    seed: int
    config: TrainConfig
    overrides: tuple[str, ...]
    data: str
    part: str
    demonstrations: int
    episodes: int
    first_seed: int
    handover: str
    result_path: Path

    @property
    def name(self) -> str:
        """As `--only` takes it, e.g. pusht/small/none/0."""
        return f"{self.task}/{self.size}/{self.variant}/{self.seed}"

    @property
    def recording(self) -> str:
        """The demonstrations' name: of the task, and of the part that is the variant's own."""
        return f"{self.task}/{self.part}" if self.part else self.task

    @property
    def evaluation_seeds(self) -> range:
        """Of the episodes."""
        return range(self.first_seed, self.first_seed + self.episodes)


def runs_of(experiment: Experiment) -> list[Run]:
    """Every run, one seed of everything before the next, so that an unfinished experiment shows most.

    Raises:
        ConfigError, UnknownNameError: a variant that its task's training configuration does not take.
    """
    return [
        _run(experiment, task, size, variant, seed)
        for seed in dict.fromkeys(seed for settings in experiment.tasks.values() for seed in settings.seeds)
        for task, settings in experiment.tasks.items()
        if seed in settings.seeds
        for size in settings.sizes
        for variant in settings.variants
    ]


def chosen(runs: Sequence[Run], patterns: Sequence[str]) -> list[Run]:
    """Those whose name one of the patterns (`pusht/*/none/0`) matches; all without a pattern.

    Raises:
        UnknownNameError: a pattern that matches none.
    """
    for pattern in patterns:
        if not any(fnmatch(run.name, pattern) for run in runs):
            raise UnknownNameError("run", pattern, (run.name for run in runs))
    return [run for run in runs if not patterns or any(fnmatch(run.name, p) for p in patterns)]


def _run(experiment: Experiment, task: str, size: str, variant: str, seed: int) -> Run:
    settings, compared = experiment.tasks[task], experiment.variants[variant]
    overrides = (
        *settings.overrides,
        f"model.channels={json.dumps(experiment.sizes[size])}",
        f"regulariser={json.dumps(compared.regulariser)}",
        *compared.overrides,
        f"seed={seed}",
    )
    file = f"{task}-{size}-{variant}-{seed}"
    # Every demonstration is learned: the comparison is measured in closed loop.
    part = compared.part_of(seed)
    config = TrainConfig.load(settings.train, [*overrides, f"name={file}", f"runs={experiment.runs}", "held_out=0.0"])
    ok = config.scene_motions != AUTO
    wanted = "anchor, x_m, y_m and yaw_rad: results are compared by their settings, also where no demonstrations are"
    require(ok, f"tasks.{task}, scene_motions", config.scene_motions, wanted)
    return Run(
        task, size, variant, seed, config, overrides, str(Path(settings.data or config.data) / part), part,
        settings.demonstrations, settings.episodes, settings.first_seed, settings.handover,
        experiment.results / f"{file}.json",
    )  # fmt: skip
