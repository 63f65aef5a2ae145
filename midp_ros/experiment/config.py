"""The experiment's configuration, which checks itself; imports core, learning's configuration and PyYAML.

Raises ConfigError (value and what would have been right), UnknownNameError (the known names) or FileFormatError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.plain_data import require

NAME = re.compile(r"[A-Za-z0-9_]+")  # no hyphen: names joined by hyphens stay apart


@dataclass(frozen=True)
class Task:
    """What is learned, and how it is evaluated.

    Attributes:
        train: the training configuration that every run starts from.
        data: folder of episodes or zarr file; '' takes the training configuration's.
        demonstrations: the first so many of them, by their seeds; 0 takes all.
        sizes: of the experiment's.
        seeds: of training; by default the experiment's.
        overrides: `key.subkey=value` of the training configuration, for every run of the task.
        episodes, first_seed: of the evaluation.
    """

    train: Path
    data: str
    demonstrations: int
    sizes: tuple[str, ...]
    seeds: tuple[int, ...]
    overrides: tuple[str, ...]
    episodes: int
    first_seed: int


@dataclass(frozen=True)
class Variant:
    """What is compared: the `regulariser` section of a training configuration, and other overrides."""

    regulariser: Mapping[str, Any] | None
    overrides: tuple[str, ...]


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
        data = _section(data, "the experiment", {f.name for f in fields(cls)} | {"seeds"}, {"runs", "results"})
        sizes = {k: _whole_numbers(v, f"sizes.{k}", 1) for k, v in _named(data["sizes"], "sizes").items()}
        seeds, tasks = _whole_numbers(data["seeds"], "seeds", 0), _named(data["tasks"], "tasks")
        tasks = {k: _task(v, f"tasks.{k}", folder, tuple(sizes), seeds) for k, v in tasks.items()}
        variants = {k: _variant(v, f"variants.{k}") for k, v in _named(data["variants"], "variants").items()}
        name, baseline = data["name"], data["baseline"]
        require(_is_name(name), "name", name, "letters, digits and underscores: it becomes a folder")
        if baseline not in variants:
            raise UnknownNameError("variant as baseline", baseline, variants)
        runs, results = Path(data.get("runs", "runs")) / name, Path(data.get("results", "docs/results")) / name
        return cls(name, tasks, sizes, variants, baseline, runs, results)

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
            tasks[task] = replace(tasks[task], data=path)
        return replace(self, tasks=tasks)


def _task(data: Any, key: str, folder: Path, sizes: tuple[str, ...], seeds: tuple[int, ...]) -> Task:
    data = _section(data, key, {f.name for f in fields(Task)}, {f.name for f in fields(Task)} - {"train"})
    train, chosen = data["train"], data.get("sizes", sizes)
    require(isinstance(train, str), f"{key}.train", train, "the path of a training configuration")
    require(isinstance(chosen, (list, tuple)) and bool(chosen), f"{key}.sizes", chosen, "a list of sizes' names")
    for size in chosen:
        if size not in sizes:
            raise UnknownNameError(f"size in {key}.sizes", size, sizes)
    place = data.get("data", "")
    require(isinstance(place, str), f"{key}.data", place, "a path")
    numbers = {
        name: _whole_number(data.get(name, default), f"{key}.{name}", least)
        for name, default, least in (("demonstrations", 0, 0), ("episodes", 100, 1), ("first_seed", 100_000, 0))
    }
    overrides = _texts(data.get("overrides", []), f"{key}.overrides")
    seeds = _whole_numbers(data.get("seeds", [*seeds]), f"{key}.seeds", 0)
    return Task(folder / train, place, sizes=tuple(chosen), seeds=seeds, overrides=overrides, **numbers)


def _variant(data: Any, key: str) -> Variant:
    data = _section(data, key, {"regulariser", "overrides"}, {"overrides"})
    section = data["regulariser"]
    require(section is None or isinstance(section, dict), f"{key}.regulariser", section, "a mapping, or null for none")
    return Variant(section, _texts(data.get("overrides", []), f"{key}.overrides"))


def _section(data: Any, key: str, known: set[str], optional: set[str]) -> dict[str, Any]:
    require(isinstance(data, dict), key, data, f"a mapping with {', '.join(sorted(known - optional))}")
    for name in data:
        if name not in known:
            raise UnknownNameError(f"key of {key}", name, known)
    for name in sorted(known - optional):
        require(name in data, key, sorted(data), f"the key {name!r} too")
    return dict(data)


def _named(data: Any, key: str) -> dict[str, Any]:
    require(isinstance(data, dict) and bool(data), key, data, "a mapping of one or more names")
    for name in data:
        require(_is_name(name), key, name, "names of letters, digits and underscores: they become files' names")
    return dict(data)


def _whole_numbers(data: Any, key: str, least: int) -> tuple[int, ...]:
    require(isinstance(data, list) and bool(data), key, data, "a list of one or more whole numbers")
    return tuple(_whole_number(n, key, least) for n in data)


def _whole_number(value: Any, key: str, least: int) -> int:
    require(type(value) is int and value >= least, key, value, f"a whole number, at least {least}")
    return int(value)


def _texts(data: Any, key: str) -> tuple[str, ...]:
    ok = isinstance(data, list) and all(isinstance(v, str) for v in data)
    require(ok, key, data, "a list of key.subkey=value")
    return tuple(data)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None
