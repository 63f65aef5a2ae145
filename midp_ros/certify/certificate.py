"""A model's certificate: a JSON file beside the model, valid for the very bytes that it names; imports core."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import write_text
from midp_ros.core.statistics import wilson_interval

VERSION, SUFFIX = 1, ".certificate.json"
LEAST_SUCCESS = 0.9  # share of the episodes of every stage


@dataclass(frozen=True)
class Margin:
    """The closest approach of a stage to one limit.

    Attributes:
        used: share of the limit, 1 at it.
        time_s: in the episode of `seed` [s].
    """

    limit: str
    joint: str
    used: float
    value: float
    bound: float
    unit: str
    time_s: float
    seed: int


@dataclass(frozen=True)
class Stage:
    """What one way of running a model has given.

    Attributes:
        name: in_process, ros, libfranka_position, libfranka_velocity or libfranka_torque.
        conditions: in words.
        problem: why it was not run, or not to its end; empty where it was.
        wanted, episodes, successes, reflexes: counts.
        held_s: for how long the loop held the arm in all episodes [s]; None where that is not seen.
        seeds: first and last.
        margins: the closest approach to each limit; empty where commands are not seen.
        deadlines: figures of punctuality, in ms or counts.
        failures: the reasons, with how often each occurred.
        exceptions: texts of reflexes.
        took_s: wall time [s].
    """

    name: str
    conditions: str
    problem: str = ""
    wanted: int = 0
    episodes: int = 0
    successes: int = 0
    reflexes: int = 0
    held_s: float | None = None
    mean_time_s: float | None = None
    seeds: Sequence[int] = ()
    margins: Sequence[Margin] = ()
    deadlines: Mapping[str, float] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    exceptions: Sequence[str] = ()
    took_s: float = 0.0

    @property
    def run(self) -> bool:
        """Whether it was run at all."""
        return self.episodes > 0

    @property
    def complete(self) -> bool:
        """Whether it was run to its end."""
        return not self.problem and 0 < self.wanted <= self.episodes

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the success rate."""
        return wilson_interval(self.successes, self.episodes) if self.episodes else (0.0, 1.0)

    @property
    def faults(self) -> tuple[str, ...]:
        """Why it does not hold; empty where it does."""
        if not self.run:
            return (self.problem or "not run",)
        found = [self.problem] if self.problem else []
        if not self.problem and self.episodes < self.wanted:
            found.append(f"only {self.episodes} of {self.wanted} episodes were run")
        if self.reflexes:
            found.append(f"{self.reflexes} reflexes")
        if self.successes < LEAST_SUCCESS * self.episodes:
            found.append(f"only {self.successes} of {self.episodes} episodes succeeded")
        found += [f"{m.limit} of {m.joint} at {m.used:.2f} of its limit" for m in self.margins if m.used > 1.0 + 1e-6]
        return tuple(found)

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        if not self.run:
            return f"{self.name}: not run: {self.problem}"
        low, high = self.interval
        nearest = max(self.margins, key=lambda m: m.used, default=None)
        near = f", closest to a limit: {nearest.limit} of {nearest.joint} at {nearest.used:.0%}" if nearest else ""
        held = f", held {self.held_s:.1f} s" if self.held_s else ""
        return (
            f"{self.name}: {self.successes} of {self.episodes} succeeded ({low:.0%} to {high:.0%}), "
            f"{self.reflexes} reflexes{held}{near}"
        )


@dataclass(frozen=True)
class Certificate:
    """What a model was run through.

    Attributes:
        model: the file's name.
        sha256: of the file; a model of other bytes has no certificate.
        contract: plain data.
        created: UTC, ISO 8601.
    """

    model: str
    sha256: str
    task: str
    robot: str
    created: str
    command: str
    contract: Mapping[str, Any]
    versions: Mapping[str, str]
    machine: Mapping[str, Any]
    stages: Sequence[Stage]
    version: int = VERSION

    @property
    def holds(self) -> bool:
        """Whether every stage that was run holds, that in process among them, and none was broken off."""
        run = [stage for stage in self.stages if stage.run]
        return any(stage.name == "in_process" for stage in run) and not any(stage.faults for stage in run)

    @property
    def missing(self) -> tuple[str, ...]:
        """Stages that were not run."""
        return tuple(stage.name for stage in self.stages if not stage.run)

    @property
    def sentence(self) -> str:
        """The conclusion in a line."""
        if not self.holds:
            faults = [f"{s.name}: {', '.join(s.faults)}" for s in self.stages if s.run and s.faults]
            return f"the certificate does not hold: {'; '.join(faults) or 'no stage in process'}"
        without = f", without {', '.join(self.missing)}" if self.missing else ""
        return f"certified on {self.created[:10]}{without}"

    def write(self, path: Path) -> None:
        """Writes the JSON file, whole or not at all; raises OutputError."""
        write_text(path, json.dumps({**asdict(self), "holds": self.holds}, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Certificate:
        """Reads a file; raises FileFormatError naming it and what is wrong with it."""
        try:
            data = json.loads(path.read_text())
            if data["version"] != VERSION:
                raise FileFormatError(
                    f"certificate {path} is of version {data['version']}; this package reads {VERSION}"
                )
            data.pop("holds", None)
            stages = [_stage(stage) for stage in data.pop("stages")]
            return cls(**data, stages=tuple(stages))
        except OSError as e:
            raise FileFormatError(f"cannot read certificate {path}: {e.strerror or e}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            raise FileFormatError(f"{path} is no certificate: {type(e).__name__} {e}") from None


def _stage(data: dict[str, Any]) -> Stage:
    lists = {name: tuple(data[name]) for name in ("seeds", "exceptions")}
    return Stage(**{**data, **lists, "margins": tuple(Margin(**margin) for margin in data["margins"])})


def certificate_path(model: str | Path) -> Path:
    """Where a model's certificate is: beside it."""
    path = Path(model)
    return path.with_name(path.stem + SUFFIX)


def sha256_of(model: str | Path) -> str:
    """The hash of a model's file; raises FileFormatError."""
    try:
        return hashlib.sha256(Path(model).read_bytes()).hexdigest()
    except OSError as e:
        raise FileFormatError(f"cannot read model {model}: {e.strerror or e}") from None


def read_certificate(model: str | Path) -> tuple[Certificate | None, str]:
    """A model's certificate, or None with the reason: there is none, it is damaged, or it is another model's."""
    path = certificate_path(model)
    if not path.is_file():
        return None, f"it has no certificate: `midp certify {model}` makes one"
    try:
        found = Certificate.read(path)
    except FileFormatError as e:
        return None, str(e)
    if found.sha256 != sha256_of(model):
        return None, f"it was changed after it was certified on {found.created[:10]}: `midp certify {model}` again"
    return found, ""


def certificate_lines(model: str | Path) -> list[tuple[bool, str]]:
    """What an operator reads before the model moves an arm: each line, and whether it is a good one."""
    found, why = read_certificate(model)
    name = Path(model).name
    if found is None:
        return [(False, f"model {name}: {why}")]
    stages = [(not stage.faults, f"certificate: {stage.sentence}") for stage in found.stages if stage.run]
    return [(found.holds, f"model {name}: {found.sentence}"), *stages]
