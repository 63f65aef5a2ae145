"""Episodes cut into parts: their steps, marks and labelled segments; imports core, numpy only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.episode import PART_OF, Episode
from midp_ros.core.step_times import GAP_STEPS, StepTimeError, uninterrupted_parts

STEPS = "steps_of_source"
DURATION = "duration_s"
OUTCOME = ("success", "failure", DURATION)  # of the whole attempt: its last part has it, and a failure every part


@dataclass(frozen=True)
class Part:
    """Some steps (steps,) of an episode, as an episode."""

    episode: Episode
    steps: NDArray[np.intp]


@dataclass(frozen=True)
class Cut:
    """The parts of an episode, and what was done, in words; no parts where it is refused."""

    parts: tuple[Part, ...]
    remarks: tuple[str, ...]


def part(episode: Episode, first: int, stop: int, whole_attempt: bool = False) -> Part:
    """Steps from `first` to before `stop`, on the same clock; says in its info what it is a part of.

    Args:
        whole_attempt: nothing of the attempt comes after `stop`, so that its outcome is the part's.
    """
    return chosen(episode, np.arange(first, stop), whole_attempt)


def chosen(episode: Episode, steps: NDArray[np.intp], whole_attempt: bool = False) -> Part:
    """Some of the steps, in order; the outcome of the attempt stays with its last step, a failure with every step."""
    info, count = dict(episode.info), len(episode)
    if len(steps) and (steps[0], steps[-1]) != (0, count - 1):
        source, offset = info.get(PART_OF, episode.name), int(info.get(STEPS, [0])[0])
        info.update({PART_OF: source, STEPS: [offset + int(steps[0]), offset + int(steps[-1]) + 1]})
        if steps[-1] < count - 1 and not whole_attempt:
            for key in [DURATION] if episode.failed else OUTCOME:  # no part of a failure is a demonstration
                info.pop(key, None)
    times = episode.time_s[steps]
    if "segments" in info and len(times):
        info["segments"] = list(_clipped(info["segments"], float(times.min()), float(times.max())))
    found = replace(
        episode, time_s=times, observation=episode.observation[steps], action=episode.action[steps], info=info,
        images={name: pictures[steps] for name, pictures in episode.images.items()},
    )  # fmt: skip
    return Part(found, steps)


def fresh_steps(episode: Episode) -> NDArray[np.intp]:
    """The steps without those that repeat the step before, time and values alike."""
    same = np.diff(episode.time_s) == 0
    for values in (episode.observation, episode.action):
        same &= (values[1:] == values[:-1]).all(axis=1)
    return np.flatnonzero(np.concatenate([[True], ~same]))


def split(episode: Episode, shortest_steps: int) -> Cut:
    """Parts with times that rise at the contract's rate, cut at gaps and where time repeats or goes back.

    Steps recorded twice are left out once. A part at another rate cannot be mended by cutting: it is refused. Parts of
    fewer steps than `shortest_steps` are left out.
    """
    fresh = fresh_steps(episode)
    remarks = []
    if len(fresh) < len(episode):
        remarks.append(f"{episode.name}: {len(episode) - len(fresh)} repeated steps left out")
    differences_s = np.diff(episode.time_s[fresh])
    cuts = np.flatnonzero((differences_s <= 0) | (differences_s > GAP_STEPS * episode.contract.step_s)) + 1
    for cut in cuts:
        remarks.append(f"{episode.name}: cut before step {fresh[cut]}, {_why(float(differences_s[cut - 1]))}")
    parts = []
    for steps in np.split(fresh, cuts):
        where = f"{episode.name}: steps {steps[0]} to {steps[-1]}"
        if len(steps) < shortest_steps:
            remarks.append(f"{where} left out, shorter than {shortest_steps} steps")
            continue
        found = chosen(episode, steps)
        try:
            uninterrupted_parts(found.episode)
        except StepTimeError as e:
            remarks.append(f"{where} refused: {e}")
            continue
        parts.append(found)
    return Cut(tuple(parts), tuple(remarks))


def _why(difference_s: float) -> str:
    if difference_s == 0:
        return "its time repeats with other values"
    return f"a gap of {difference_s:.3g} s" if difference_s > 0 else f"time goes back by {-difference_s:.3g} s"


def _clipped(segments: list[dict[str, Any]], from_s: float, to_s: float) -> Iterator[dict[str, Any]]:
    for segment in segments:
        start_s, end_s = max(segment["start_s"], from_s), min(segment["end_s"], to_s)
        if start_s <= end_s:
            yield {**segment, "start_s": start_s, "end_s": end_s}
