"""The experiment's configuration, which checks itself; imports core, learning's configuration and PyYAML.

Raises ConfigError (value and what would have been right), UnknownNameError (the known names) or FileFormatError.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from midp_ros.core.chunk import HANDOVERS
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.plain_data import PathText, build, require

NAME = re.compile(r"[A-Za-z0-9_]+")  # no hyphen: names joined by hyphens stay apart


@dataclass(frozen=True)
class Task:
    """A task of the experiment: its demonstrations, training and evaluation.

    Attributes:
        train: the training configuration that every run starts from.
        data: folder of episodes or zarr file; '' takes the training configuration's.
        demonstrations: the first so many of them, by their seeds; 0 takes all.
        sizes, variants: of the experiment's; the baseline is among the variants.
        seeds: of training; by default the experiment's.
        overrides: `key.subkey=value` of the training configuration, for every run of the task.
        episodes, first_seed: of the evaluation.
        handover: of the evaluation, as `midp evaluate --handover` takes it.
    """

    train: Path
    data: str
    demonstrations: int
    sizes: tuple[str, ...]
    variants: tuple[str, ...]
    seeds: tuple[int, ...]
    overrides: tuple[str, ...]
    episodes: int
    first_seed: int
    handover: str


@dataclass(frozen=True)
class Variant:
    """A variant to compare.

    Attributes:
        regulariser: section of a training configuration.
        overrides: `key.subkey=value` of it.
        part: folder within the task's data with the variant's own demonstrations, `{seed}` for the training seed; ''
            takes the task's, so that variants share them.
    """

    regulariser: Mapping[str, Any] | None
    overrides: tuple[str, ...]
    part: str = ""

    def part_of(self, seed: int) -> str:
        """The part that a training seed learns."""
        return self.part.replace("{seed}", str(seed))


@dataclass(frozen=True)
class _TaskSection:
    train: PathText
    data: PathText = ""
    demonstrations: int = 0
    sizes: tuple[str, ...] | None = None
    variants: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    overrides: tuple[str, ...] = ()
    episodes: int = 100
    first_seed: int = 100_000
    handover: str = "auto"


@dataclass(frozen=True)
class _VariantSection:
    regulariser: dict[str, Any] | None
    overrides: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True)
class _File:
    name: str
    baseline: str
    seeds: tuple[int, ...]
    sizes: dict[str, tuple[int, ...]]
    tasks: dict[str, _TaskSection]
    variants: dict[str, _VariantSection]
    runs: PathText = "runs"
    results: PathText = "docs/results"

    def __post_init__(self) -> None:
        require(_is_name(self.name), "name", self.name, "letters, digits and underscores: it becomes a folder")
        _require_whole_numbers(self.seeds, "seeds", 0)
        for key in ("sizes", "tasks", "variants"):
            section: dict[str, Any] = getattr(self, key)
            require(bool(section), key, section, "a mapping of one or more names")
            for name in section:
                require(_is_name(name), key, name, "names of letters, digits and underscores: they become files' names")
        for name, channels in self.sizes.items():
            _require_whole_numbers(channels, f"sizes.{name}", 1)
        if self.baseline not in self.variants:
            raise UnknownNameError("variant as baseline", self.baseline, self.variants)
        for name, task in self.tasks.items():
            self._check_task(f"tasks.{name}", task)

    def _check_task(self, key: str, task: _TaskSection) -> None:
        for part, known in (("sizes", self.sizes), ("variants", self.variants)):
            names: tuple[str, ...] | None = getattr(task, part)
            for name in names or ():
                if name not in known:
                    raise UnknownNameError(f"{part[:-1]} in {key}.{part}", name, known)
            require(names is None or bool(names), f"{key}.{part}", list(names or ()), f"a list of {part}' names")
        wanted = f"a list with the baseline, {self.baseline!r}"
        require(self.baseline in (task.variants or self.variants), f"{key}.variants", list(task.variants or ()), wanted)
        if task.handover not in HANDOVERS:
            raise UnknownNameError(f"hand-over in {key}.handover", task.handover, HANDOVERS)
        if task.seeds is not None:
            _require_whole_numbers(task.seeds, f"{key}.seeds", 0)
        for part, least in (("demonstrations", 0), ("episodes", 1), ("first_seed", 0)):
            _require_whole_numbers((getattr(task, part),), f"{key}.{part}", least)


@dataclass(frozen=True)
class Experiment:
    """Tasks with their training seeds, sizes (the U-Net's channels), and variants, one of which is the baseline."""

    name: str
    tasks: dict[str, Task]
    sizes: dict[str, tuple[int, ...]]
    variants: dict[str, Variant]
    baseline: str
    runs: Path
    results: Path

    @classmethod
    def load(cls, path: str | Path) -> Experiment:
        """Reads a YAML file; paths of training configurations in it are relative to its folder."""
        path = Path(path)
        return cls.from_dict(read_yaml(path, "experiment"), path.parent)

    @classmethod
    def from_dict(cls, data: Any, folder: Path = Path()) -> Experiment:
        """Builds an experiment from plain data."""
        file: _File = build(_File, data, "the experiment")
        tasks = {
            name: Task(
                folder / t.train, t.data, t.demonstrations, t.sizes or tuple(file.sizes),
                t.variants or tuple(file.variants), t.seeds or file.seeds, t.overrides, t.episodes, t.first_seed,
                t.handover,
            )
            for name, t in file.tasks.items()
        }  # fmt: skip
        variants = {name: Variant(v.regulariser, v.overrides, v.part) for name, v in file.variants.items()}
        runs, results = Path(file.runs) / file.name, Path(file.results) / file.name
        return cls(file.name, tasks, file.sizes, variants, file.baseline, runs, results)

    def with_data(self, overrides: Sequence[str]) -> Experiment:
        """With other demonstrations: `TASK.data=PATH`, or `data=PATH` for the first task."""
        tasks = dict(self.tasks)
        for override in overrides:
            key, separator, path = override.partition("=")
            task, _, last = key.rpartition(".")
            task = task or next(iter(tasks))
            require(bool(separator and path) and last == "data", "override", override, "TASK.data=PATH or data=PATH")
            if task not in tasks:
                raise UnknownNameError("task", task, tasks)
            tasks[task] = replace(tasks[task], data=os.path.expanduser(path))
        return replace(self, tasks=tasks)


def _require_whole_numbers(values: tuple[int, ...], key: str, least: int) -> None:
    require(bool(values), key, list(values), "a list of one or more whole numbers")
    for value in values:
        require(value >= least, key, value, f"a whole number, at least {least}")


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None
