"""Step times of a recorded episode: the one rule for repetitions, gaps and wrong rates.

Imports numpy only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError

GAP_STEPS = 1.5  # control steps without an observation from which on an episode is interrupted
RATE_TOLERANCE = 0.2  # of the contract's step
JUDGED_STEPS = 5  # of an uninterrupted part whose rate says something


class StepTimeError(FileFormatError):
    """Step times that no recording at the contract's rate has."""


def uninterrupted_parts(episode: Episode) -> NDArray[np.intp]:
    """Number of the uninterrupted part (steps,) that each step belongs to, from 0.

    A difference over 1.5 control steps is a gap and begins a new part.

    Raises:
        StepTimeError: times that do not rise, or whose rate is off the contract's by more than 20 %; names the episode,
            the step and the values.
    """
    time_s, step_s = episode.time_s, episode.contract.step_s
    differences_s = np.diff(time_s)
    wrong = np.flatnonzero(~(differences_s > 0))
    if len(wrong):
        i = int(wrong[0])
        what = "repeats" if differences_s[i] == 0 else "goes back behind"
        raise StepTimeError(
            f"{episode.name}: the time of step {i + 1}, {time_s[i + 1]:.3f} s, {what} that of step {i}, "
            f"{time_s[i]:.3f} s"
        )
    parts = np.concatenate([[0], np.cumsum(differences_s > GAP_STEPS * step_s)]).astype(np.intp)[: len(time_s)]
    _check_rate(episode, float(np.median(differences_s)) if len(differences_s) else step_s, 0, len(time_s) - 1)
    for part in range(int(parts[-1]) + 1 if len(parts) else 0):
        first, *_, last = *(own := np.flatnonzero(parts == part)), own[-1]
        if last - first >= JUDGED_STEPS:
            _check_rate(episode, float(time_s[last] - time_s[first]) / (last - first), int(first), int(last))
    return parts


def gaps(episode: Episode, parts: NDArray[np.intp]) -> str:
    """The gaps of an episode in words, the first one with its place and length; '' without a gap."""
    ends = np.flatnonzero(np.diff(parts))
    if not len(ends):
        return ""
    i = int(ends[0])
    more = f", and {len(ends) - 1} more gaps" if len(ends) > 1 else ""
    return (
        f"{episode.name}: {episode.time_s[i + 1] - episode.time_s[i]:.3g} s lie between steps {i} and {i + 1}, the "
        f"contract's step is {episode.contract.step_s:g} s{more}"
    )


def _check_rate(episode: Episode, found_s: float, first: int, last: int) -> None:
    step_s = episode.contract.step_s
    if abs(found_s - step_s) > RATE_TOLERANCE * step_s:
        raise StepTimeError(
            f"{episode.name}: steps {first} to {last} are {found_s:.3g} s apart ({1 / found_s:.3g} Hz), the contract's "
            f"rate is {episode.contract.rate_hz:g} Hz"
        )
