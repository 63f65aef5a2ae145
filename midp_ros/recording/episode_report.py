"""Judgement of one recorded episode: rates, gaps, losses, clocks, saturation, idleness; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.kinematics import RobotProfile

LEAST_RATE_SHARE = 0.8  # of the contract's rate, that an observed topic must reach
EARLY_S, LATE_S = -0.05, 0.25  # of a stamp against reception: a clock that is ahead, or a sender that is slow
IDLE_RAD_S, IDLE_M_S = 0.01, 0.002  # joints and gripper that move no faster stand still
MOST_IDLE, MOST_SATURATED = 0.5, 0.1  # shares of an episode
NEAR_LIMIT = 0.98  # of a joint's range or of its speed
JOINTS, GRIPPER = "joint_position", "gripper_width"

Figures = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class EpisodeReport:
    """Figures of an episode, and what is wrong with it.

    Attributes:
        topics: by name: count, rate_hz, largest_gap_s, lost, smallest_skew_s, largest_skew_s, as far as they are known.
        steps, left_out: at the contract's rate; those that could not be used.
        saturated: share of steps in which a joint is at the end of its range or at its largest speed; NaN: not known.
        idle: share of steps in which neither arm nor gripper moves; NaN: not known.
        flags: what is wrong; empty for a good episode.
    """

    duration_s: float
    topics: Figures
    steps: int = 0
    left_out: int = 0
    saturated: float = float("nan")
    idle: float = float("nan")
    flags: tuple[str, ...] = field(default=())

    def to_plain(self) -> dict[str, Any]:
        """For an episode's info: numbers that are not known are left out."""
        shares = {"saturated": self.saturated, "idle": self.idle}
        known = {name: round(share, 3) for name, share in shares.items() if not np.isnan(share)}
        topics = {name: dict(figures) for name, figures in self.topics.items()}
        return {"report": {"topics": topics, "steps": self.steps, **known}, "flags": list(self.flags)}


def judge(
    episode: Episode | None,
    reason: str,
    contract: Contract,
    profile: RobotProfile,
    duration_s: float,
    figures: Figures,
    awaited: Collection[str],
    max_gap_s: float,
    events: Collection[str] = (),
) -> EpisodeReport:
    """Judges an episode.

    Args:
        episode: as it would be learned; None where there is none, for the given reason.
        figures: of each topic.
        awaited: topics that must come at the contract's rate at least: what it observes, and the action.
        max_gap_s: silence of such a topic that makes steps unusable [s].
        events: what was noticed while it was recorded, as a jump of a clock.
    """
    flags = list(events)
    if episode is None:
        flags.append(f"no episode comes out of it: {reason}")
    for name, found in figures.items():
        flags += _flags(name, found, name in awaited, LEAST_RATE_SHARE * contract.rate_hz, max_gap_s)
    saturated, idle = (float("nan"),) * 2 if episode is None else (saturation(episode, profile), idleness(episode))
    if saturated > MOST_SATURATED:
        flags.append(f"joints are at a limit in {saturated:.0%} of the steps")
    if idle > MOST_IDLE:
        flags.append(f"the arm stands still in {idle:.0%} of the steps")
    left_out = 0 if episode is None else int(episode.info.get("left_out", 0))
    if episode is not None and left_out > 0:
        flags.append(f"{left_out} of {len(episode) + left_out} steps are left out")
    steps = 0 if episode is None else len(episode)
    return EpisodeReport(duration_s, figures, steps, left_out, saturated, idle, tuple(flags))


def _flags(name: str, found: Mapping[str, float], awaited: bool, least_hz: float, max_gap_s: float) -> list[str]:
    if not found["count"]:
        return [f"nothing came on {name}"] if awaited else []
    flags = []
    if awaited and found.get("rate_hz", 0.0) < least_hz:
        flags.append(f"{name} came at {found.get('rate_hz', 0.0):.1f} Hz, at least {least_hz:g} Hz are needed")
    if awaited and found["largest_gap_s"] > max_gap_s:
        flags.append(f"{name} was silent for {found['largest_gap_s']:.2f} s, at most {max_gap_s:g} s can be used")
    if found.get("lost"):
        flags.append(f"{found['lost']} messages on {name} were lost")
    if found.get("backwards"):
        flags.append(f"messages on {name} went back in time {found['backwards']} times")
    early_s, late_s = found.get("smallest_skew_s", 0.0), found.get("smallest_skew_s", 0.0)
    if early_s < EARLY_S:
        flags.append(f"stamps on {name} are up to {-early_s:.2f} s ahead of this machine's clock")
    elif late_s > LATE_S:
        flags.append(f"stamps on {name} are {late_s:.2f} s old at least: a clock that is behind, or a slow sender")
    return flags


def saturation(episode: Episode, profile: RobotProfile) -> float:
    """Share of steps in which a joint is at the end of its range or at its largest speed; NaN without joints."""
    joints = _joints(episode)
    if joints is None or len(joints) < 2 or joints.shape[1] != profile.joints:
        return float("nan")
    middle = (profile.position_max_rad + profile.position_min_rad) / 2
    reach = (profile.position_max_rad - profile.position_min_rad) / 2
    at_end = (np.abs(joints[1:] - middle) > NEAR_LIMIT * reach).any(axis=1)
    fast = (np.abs(_speeds(episode, joints)) > NEAR_LIMIT * profile.velocity_max_rad_s).any(axis=1)
    return float((at_end | fast).mean())


def idleness(episode: Episode) -> float:
    """Share of steps in which neither arm nor gripper moves; NaN without joints."""
    joints = _joints(episode)
    if joints is None or len(joints) < 2:
        return float("nan")
    still = (np.abs(_speeds(episode, joints)) < IDLE_RAD_S).all(axis=1)
    if GRIPPER in episode.contract.observation_slices:
        still &= (np.abs(_speeds(episode, episode.column(GRIPPER))) < IDLE_M_S).all(axis=1)
    return float(still.mean())


def _joints(episode: Episode) -> Array | None:
    return episode.column(JOINTS) if JOINTS in episode.contract.observation_slices else None


def _speeds(episode: Episode, values: Array) -> Array:
    return np.diff(values, axis=0) / np.maximum(np.diff(episode.time_s), 1e-6)[:, None]
