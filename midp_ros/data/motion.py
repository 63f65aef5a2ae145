"""How an episode moves: speeds, idle steps, path lengths; imports core, numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Entry
from midp_ros.core.episode import Episode

# Speed below which a value stands still, by unit [unit/s]: a slow motion by hand is ten times as fast.
STANDSTILL = {"m": 0.002, "rad": 0.01, "1": 0.01, "px": 1.0}
OTHER_STANDSTILL = 0.01
GRIPPER = "gripper"
ROBOT_STATE = ("joint", "tool", "gripper", "agent", "hand", "flange")  # first words of what moves with the robot


@dataclass(frozen=True)
class Figures:
    """Figures of an episode.

    Attributes:
        duration_s: from the first to the last step.
        rate_hz: of the median step.
        largest_gap_s: between two steps.
        idle_share: of the steps in which neither the robot nor its command moves.
        path_length: of the tool, or of the first position that is observed, in its unit.
    """

    steps: int
    duration_s: float
    rate_hz: float
    largest_gap_s: float
    idle_share: float
    path_length: float


def figures(episode: Episode) -> Figures:
    """The figures of an episode with any times."""
    gaps_s = np.diff(episode.time_s)
    positive = gaps_s[gaps_s > 0]
    track = tool_track(episode)
    return Figures(
        len(episode),
        float(episode.time_s[-1] - episode.time_s[0]) if len(episode) else 0.0,
        float(1 / np.median(positive)) if len(positive) else float("nan"),
        float(gaps_s.max()) if len(gaps_s) else 0.0,
        float(idle_steps(episode).mean()) if len(episode) else 0.0,
        float(np.linalg.norm(np.diff(track, axis=0), axis=1).sum()) if track is not None else float("nan"),
    )


def robot_entries(episode: Episode) -> list[Entry]:
    """Observations that move with the robot; all where none is known by its name."""
    entries = [e for e in episode.contract.observation if e.name.split("_")[0] in ROBOT_STATE]
    return entries or list(episode.contract.observation)


def position_entry(entries: tuple[Entry, ...]) -> Entry | None:
    """The tool's position, or the first position among entries."""
    found = [e for e in entries if e.name.endswith("position") and e.size in (2, 3)]
    return next((e for e in found if e.name == "tool_position"), found[0] if found else None)


def tool_track(episode: Episode) -> Array | None:
    """Positions (steps, 2 or 3) of the tool, or of the first position that is observed; None without one."""
    entry = position_entry(episode.contract.observation)
    return None if entry is None else episode.column(entry.name)


def idle_steps(episode: Episode) -> NDArray[np.bool_]:
    """Steps (steps,) at which neither the robot nor its command moves."""
    contract = episode.contract
    idle = np.ones(len(episode), bool)
    for entry in robot_entries(episode):
        idle &= _still(episode.column(entry.name), episode.time_s, entry)
    for entry in contract.action:
        idle &= _still(episode.action[:, contract.action_slices[entry.name]], episode.time_s, entry)
    return idle


def moving_range(episode: Episode, margin_s: float) -> tuple[int, int]:
    """First step and the one behind the last between which the robot moves, with a margin; (0, 0) where it never does."""
    moving = np.flatnonzero(~idle_steps(episode))
    if not len(moving):
        return 0, 0
    margin = round(margin_s * episode.contract.rate_hz)
    return max(0, int(moving[0]) - margin), min(len(episode), int(moving[-1]) + 1 + margin)


def _still(values: Array, time_s: Array, entry: Entry) -> NDArray[np.bool_]:
    if len(values) < 2:
        return np.ones(len(values), bool)
    steps_s = np.maximum(np.diff(time_s), 1e-6)
    speed = np.abs(np.diff(values, axis=0)).max(axis=1) / steps_s
    still = speed < STANDSTILL.get(entry.unit, OTHER_STANDSTILL)
    return np.concatenate([still[:1], still]) & np.concatenate([still, still[-1:]])
