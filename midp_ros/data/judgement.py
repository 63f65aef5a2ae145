"""What in an episode would harm a training; imports core, numpy only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.episode import Episode
from midp_ros.core.step_times import StepTimeError, gaps, uninterrupted_parts
from midp_ros.data.motion import idle_steps

MOST_IDLE = 0.5  # share of an episode; teleoperators pause, experts hardly do
LEAST_PROGRESS = 0.1  # of an action ahead of its observation, as a share of a step's motion
ROTATION_TOLERANCE = 0.01  # of the two columns' lengths and product
FROZEN_S = 1.0  # that a sensor may repeat itself while the arm is commanded to move


class Severity(str, Enum):
    """What a finding means."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """Something that a training would suffer from.

    Attributes:
        episode: its file.
        reason: a few words, the same for all findings of a kind.
        details: with values.
    """

    episode: str
    severity: Severity
    reason: str
    details: str


def judge(episode: Episode) -> list[Finding]:
    """All findings of an episode."""
    found = [*_times(episode), *_marks(episode)]
    if len(episode) > 1:
        found += [*_idle(episode), *_rotations(episode), *_limits(episode), *_speeds(episode)]
        found += [*_stands_still(episode), *_frozen(episode)]
    return found


def judge_contract(episode: Episode, contract: Contract, whose: str) -> list[Finding]:
    """The first difference from the contract of the set."""
    difference = episode.contract.first_difference(contract)
    if not difference:
        return []
    return [_error(episode, "another contract", f"differs from that of {whose}: {difference}")]


def _times(episode: Episode) -> Iterable[Finding]:
    try:
        parts = uninterrupted_parts(episode)
    except StepTimeError as e:
        yield _error(episode, "times", f"{e}; `midp data split` cuts or refuses it")
        return
    if interrupted := gaps(episode, parts):
        yield _warning(episode, "gap", f"{interrupted}; windows across it are not learned, `midp data split` cuts it")
    horizon = episode.contract.horizon
    if len(episode) < horizon.executed:
        what = f"{len(episode)} steps, of a chunk {horizon.executed} are executed: its end is repeated"
        yield _warning(episode, "short", what)


def _marks(episode: Episode) -> Iterable[Finding]:
    if episode.failed:
        yield Finding(episode.name, Severity.NOTE, "marked as a failure", "learned only with --keep-failed")


def _idle(episode: Episode) -> Iterable[Finding]:
    share = float(idle_steps(episode).mean())
    if share == 1:
        yield _error(episode, "never moves", f"neither robot nor command moves in {len(episode)} steps")
    elif share > MOST_IDLE:
        yield _warning(episode, "idle", f"{share:.0%} of the steps stand still; `midp data trim --idle` cuts the ends")


def _rotations(episode: Episode) -> Iterable[Finding]:
    for what, name, values in _columns(episode):
        if not name.endswith("rotation") or values.shape[1] != 6:
            continue
        first, second = values[:, :3], values[:, 3:]
        wrong = np.abs(np.stack([(first**2).sum(1) - 1, (second**2).sum(1) - 1, (first * second).sum(1)])).max(0)
        if len(steps := np.flatnonzero(wrong > ROTATION_TOLERANCE)):
            details = f"{what} {name} at step {steps[0]}: its columns are off by {wrong[steps[0]]:.2g} ({len(steps)} steps)"
            yield _error(episode, "no rotation", details)


def _limits(episode: Episode) -> Iterable[Finding]:
    for entry in episode.contract.observation:
        values = episode.column(entry.name)
        for limit, outside, word in ((entry.low, np.less, "below"), (entry.high, np.greater, "above")):
            if limit is None or not (wrong := outside(values, limit)).any():
                continue
            step, place = (int(i) for i in np.argwhere(wrong)[0])
            details = f"{entry.name}[{place}] = {values[step, place]:.4g} {entry.unit} at step {step}"
            yield _error(episode, "beyond the contract's limits", f"{details}, {word} {limit[place]:g}")


def _speeds(episode: Episode) -> Iterable[Finding]:
    steps_s = np.maximum(np.diff(episode.time_s), 1e-6)
    for entry in episode.contract.observation:
        if entry.max_speed is None:
            continue
        speed = np.linalg.norm(np.diff(episode.column(entry.name), axis=0), axis=1) / steps_s
        step = int(speed.argmax())
        if speed[step] > entry.max_speed:
            details = f"{entry.name} moves with {speed[step]:.3g} {entry.unit}/s after step {step}"
            yield _error(episode, "jumps", f"{details}, plausible are {entry.max_speed:g}")


def _stands_still(episode: Episode) -> Iterable[Finding]:
    """Actions that repeat the observation of their own step: a policy that learns them never moves."""
    for entry in episode.contract.action:
        observed = _observed(episode, entry)
        if observed is None or entry.name.startswith("gripper"):
            continue
        action = episode.action[:, episode.contract.action_slices[entry.name]]
        moved = float(np.linalg.norm(np.diff(observed, axis=0), axis=1).mean())
        ahead = float(np.linalg.norm(action - observed, axis=1).mean())
        if moved > 0 and ahead < LEAST_PROGRESS * moved:
            details = f"{entry.name} is commanded {ahead:.2g} {entry.unit} from where it is, a step moves it {moved:.2g}"
            yield _error(episode, "actions repeat the observation", details)


def _frozen(episode: Episode) -> Iterable[Finding]:
    """A state of the robot that repeats itself to the last bit while it is commanded elsewhere."""
    most = round(FROZEN_S * episode.contract.rate_hz)
    for entry in episode.contract.action:
        observed = _observed(episode, entry)
        if observed is None or entry.unit not in ("m", "rad") or entry.name.startswith("gripper"):
            continue
        action = episode.action[:, episode.contract.action_slices[entry.name]]
        same = (np.diff(observed, axis=0) == 0).all(axis=1) & (np.linalg.norm(np.diff(action, axis=0), axis=1) > 1e-3)
        longest, at = _longest_run(same)
        if longest > most:
            details = f"{entry.name} repeats itself for {longest} steps from step {at} on while the command moves"
            yield _error(episode, "frozen observation", details)


def _columns(episode: Episode) -> Iterable[tuple[str, str, Array]]:
    contract = episode.contract
    for e in contract.observation:
        yield "observation", e.name, episode.column(e.name)
    for e in contract.action:
        yield "action", e.name, episode.action[:, contract.action_slices[e.name]]


def _observed(episode: Episode, entry: Entry) -> Array | None:
    """The observation of what an action commands, where it is observed in the same unit."""
    same = [e for e in episode.contract.observation if (e.name, e.size, e.unit) == (entry.name, entry.size, entry.unit)]
    return episode.column(same[0].name) if same else None


def _longest_run(flags: Array) -> tuple[int, int]:
    longest = at = run = 0
    for i, flag in enumerate(flags):
        run = run + 1 if flag else 0
        if run > longest:
            longest, at = run, i - run + 1
    return longest, at


def _error(episode: Episode, reason: str, details: str) -> Finding:
    return Finding(episode.name, Severity.ERROR, reason, details)


def _warning(episode: Episode, reason: str, details: str) -> Finding:
    return Finding(episode.name, Severity.WARNING, reason, details)
