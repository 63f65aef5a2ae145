"""A part's result on the disk, and whether it is the one that is asked for; imports core and experiment."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import midp_ros
from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.plain_data import first_difference
from midp_ros.experiment.json_file import read_json, write_json
from midp_ros.experiment.machine import Machine, machine
from midp_ros.reproduce.study import Part, Report

RESULTS, FILES = "results", "files"  # folders in a study's own: one JSON file for each part; what is too large for it


@dataclass(frozen=True)
class Kept:
    """A finished part.

    Attributes:
        settings, result: of the part, plain data: a mapping each.
        seconds: that it took.
        machine: where it ran.
        version, date: of midp_ros; the day on which it ended.
    """

    settings: dict[str, Any]
    result: dict[str, Any]
    seconds: float
    machine: Machine
    version: str
    date: str


@dataclass(frozen=True)
class State:
    """What there is of a part: its result, or why what is there is of no use; of a part never run neither."""

    kept: Kept | None = None
    reason: str = ""


def work_through(part: Part, folder: Path, report: Report) -> Kept:
    """Does a part's work and keeps its result in the study's folder.

    Raises:
        FileFormatError: the result is no plain data, or not a number.
        OutputError: the file cannot be written.
    """
    (folder / FILES).mkdir(parents=True, exist_ok=True)
    since = time.monotonic()
    result = part.work(report, folder / FILES)
    seconds = round(time.monotonic() - since, 1)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    threads = int(os.environ.get("OMP_NUM_THREADS", 0)) or len(os.sched_getaffinity(0))
    kept = Kept(part.settings, result, seconds, machine(threads), midp_ros.__version__, today)
    write_json(place(part, folder), kept)
    return read_json(Kept, place(part, folder))


def state_of(part: Part, folder: Path) -> State:
    """The part's result, if it was made with the settings of now."""
    path = place(part, folder)
    if not path.exists():
        return State()
    try:
        kept = read_json(Kept, path)
    except FileFormatError as e:
        return State(reason=str(e))
    now = json.loads(json.dumps(part.settings))
    difference = first_difference(kept.settings, _without_new_off(now, kept.settings))
    return State(reason=f"{path} was made with {difference}") if difference else State(kept)


def place(part: Part, folder: Path) -> Path:
    """The part's file."""
    return folder / RESULTS / f"{part.name}.json"


def chosen(parts: Sequence[Part], patterns: Sequence[str]) -> list[Part]:
    """The parts whose names match one of the patterns, with * and ?; without patterns all.

    Raises:
        UnknownNameError: a pattern that matches none.
    """
    from fnmatch import fnmatchcase

    for pattern in patterns:
        if not any(fnmatchcase(part.name, pattern) for part in parts):
            raise UnknownNameError("part", pattern, [part.name for part in parts])
    return [p for p in parts if not patterns or any(fnmatchcase(p.name, pattern) for pattern in patterns)]


def _without_new_off(now: dict[str, Any], before: Any) -> dict[str, Any]:
    """Settings without what is off and was not there before: a new key, which by its default changes nothing."""
    known = before if isinstance(before, dict) else {}
    kept = {key: value for key, value in now.items() if key in known or value not in (None, False, 0, "", [], {})}
    return {key: _without_new_off(v, known.get(key)) if isinstance(v, dict) else v for key, v in kept.items()}
