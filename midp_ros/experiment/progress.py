"""Finished and missing runs of an experiment, and the time they take; imports core and learning's configuration.

What is compared with each other, the variants at one seed, is to come from the same demonstrations; other seeds may
come from others. For two processors that record the same seeds do not record the same: rounding differs, and decides
whether a grasp succeeds at once. So an experiment can be continued on another machine, with the next seed.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from midp_ros.core.errors import MidpError
from midp_ros.core.plain_data import first_difference
from midp_ros.experiment.result import Result, recordings
from midp_ros.experiment.runs import Run
from midp_ros.learning.config import TrainConfig

DONE, MISSING, DAMAGED, OTHER, UNPAIRED = "done", "missing", "damaged", "other", "unpaired"


@dataclass(frozen=True)
class State:
    """A run's: `done`, `missing`, `damaged` (its file cannot be read), `other` (made of something else) or `unpaired`
    (missing, and what it would be compared with was made with other demonstrations than those here), and why.

    Attributes:
        result: of a run that is done.
    """

    kind: str
    reason: str = ""
    result: Result | None = None


def states_of(runs: Sequence[Run], data_hashes: Mapping[str, str]) -> dict[str, State]:
    """By run's name, all of an experiment's.

    Args:
        data_hashes: by the demonstrations' name (`Run.recording`), without those that are not here.
    """
    states = {run.name: state_of(run) for run in runs}
    parts = {(run.variant, run.seed): run.part for run in runs}
    made_with = recordings((s.result for s in states.values() if s.result), lambda *place: parts.get(place, ""))
    for run in runs:
        here, others = data_hashes.get(run.recording), made_with.get((run.task, run.size, run.seed, run.part), set())
        if here and others - {here} and states[run.name].kind in (MISSING, DAMAGED):
            hashes = ", ".join(sorted(h[:12] for h in others))
            reason = f"its seed's results were made with other demonstrations (hash {hashes}, now {here[:12]})"
            states[run.name] = State(UNPAIRED, reason)
    return states


def state_of(run: Run) -> State:
    """Compares a run with its file."""
    if not run.result_path.exists():
        return State(MISSING)
    try:
        result = Result.read(run.result_path)
    except MidpError as e:
        return State(DAMAGED, str(e))
    if difference := _difference(run, result):
        return State(OTHER, f"{run.result_path} was made with {difference}")
    return State(DONE, result=result)


def seconds_left(missing: Sequence[Run], results: Sequence[Result], jobs: int) -> tuple[float, int]:
    """Time for the missing runs [s], from the durations of finished ones, and how many runs have none to go by.

    A run takes as long as those of its task, size and variant did, else as those of its task and size.
    """
    known, unknown = 0.0, 0
    for run in missing:
        alike = [r for r in results if (r.task, r.size) == (run.task, run.size)]
        same = [r.seconds for r in alike if r.variant == run.variant] or [r.seconds for r in alike]
        known, unknown = (known + statistics.median(same), unknown) if same else (known, unknown + 1)
    return known / max(1, min(jobs, len(missing))), unknown


def _difference(run: Run, result: Result) -> str | None:
    """The first difference between a result and its run, in words."""
    if (result.task, result.size, result.variant, result.seed) != (run.task, run.size, run.variant, run.seed):
        return f"another place in the grid: {result.task}/{result.size}/{result.variant}/{result.seed}"
    if (len(result.rewards), result.first_seed) != (run.episodes, run.first_seed):
        return f"other episodes: {len(result.rewards)} from seed {result.first_seed}"
    if result.handover != run.handover:
        return f"another hand-over: {result.handover}"
    try:
        made = TrainConfig.from_dict(result.config)
    except MidpError as e:
        return f"a configuration of another version: {e}"
    difference = first_difference(made.essence.to_dict(), run.config.essence.to_dict())
    return f"another configuration: {difference}" if difference else None


def in_words(seconds: float) -> str:
    """A duration in words: 40 s, 12 min, 3.4 h."""
    if not math.isfinite(seconds) or seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
