"""Limit margins: how close commands at 1 kHz come to a robot's limits; imports kinematics' profile.

Differences are backward, as Franka's control box takes them: dq_k = (q_k - q_k-1) / T, and so on; the velocity limits
that depend on the position are taken at q_k-1 (libfranka, rate_limiting.h).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics.profile import RobotProfile

CYCLE_S = 1e-3  # Franka's control interface takes one command per millisecond
LIMITS = ("position", "velocity", "acceleration", "jerk")
UNITS = {"position": "rad", "velocity": "rad/s", "acceleration": "rad/s^2", "jerk": "rad/s^3"}
# A command counts as exact to ten roundings of a double of its size; what that makes of differences over 1 ms.
ROUNDING_RAD = 1e-14
ROUNDING = {"position": 1e-14, "velocity": 2e-11, "acceleration": 4e-8, "jerk": 8e-5}
LONGEST_GAP_CYCLES = 5  # in the times; a longer one begins another motion


@dataclass(frozen=True)
class LimitMargin:
    """The closest approach of one joint to one limit.

    Attributes:
        limit: one of `LIMITS`.
        joint: its number, from 0; `joint_name` is the profile's.
        time_s: when it was closest, on the clock of the commands [s].
        value, bound: then, in `UNITS[limit]`; the bound has the value's sign, except for positions.
        used: share of the limit, 1 at it; of a position: 0 in the middle of the range, 1 at either end.
    """

    limit: str
    joint: int
    joint_name: str
    time_s: float
    value: float
    bound: float
    used: float

    @property
    def unit(self) -> str:
        """Of value and bound."""
        return UNITS[self.limit]


@dataclass(frozen=True)
class LimitUse:
    """Values and bounds of one limit over a motion, each (commands, joints); NaN where too little is known."""

    value: Array
    bound: Array
    used: Array


def limit_use(times_s: Array, positions_rad: Array, profile: RobotProfile) -> dict[str, LimitUse]:
    """Share of every limit that commands use, by the limit's name.

    Args:
        times_s: of the commands (n,), increasing [s]; they count in whole milliseconds.
        positions_rad: (n, joints).
    """
    positions_rad = np.asarray(positions_rad, float)
    cycles = np.maximum(1, np.rint(np.diff(np.asarray(times_s, float)) / CYCLE_S))
    step_s = (CYCLE_S * np.where(cycles > LONGEST_GAP_CYCLES, np.nan, cycles))[:, None]
    velocity = _difference(positions_rad, step_s)
    acceleration = _difference(velocity, step_s)
    jerk = _difference(acceleration, step_s)
    before = np.concatenate([positions_rad[:1], positions_rad[:-1]])
    slowest, fastest = profile.velocity_range(before)
    low, high = profile.position_min_rad, profile.position_max_rad
    end = np.where(positions_rad > (low + high) / 2, high, low)
    inside = np.abs(positions_rad - (low + high) / 2) / ((high - low) / 2)
    return {
        "position": LimitUse(positions_rad, end, inside),
        "velocity": _share(velocity, np.where(velocity < 0, slowest, fastest)),
        "acceleration": _share(acceleration, np.copysign(profile.acceleration_max_rad_s2, acceleration)),
        "jerk": _share(jerk, np.copysign(profile.jerk_max_rad_s3, jerk)),
    }


def limit_margins(times_s: Array, positions_rad: Array, profile: RobotProfile) -> tuple[LimitMargin, ...]:
    """Closest approach of every joint to every limit; arguments as `limit_use`. Empty for less than one command."""
    if not len(times_s):
        return ()
    found = []
    for limit, use in limit_use(times_s, positions_rad, profile).items():
        for joint, name in enumerate(profile.joint_names):
            used = np.where(np.isnan(use.used[:, joint]), -1.0, use.used[:, joint])
            at = int(np.argmax(used))
            if used[at] < 0:  # too few commands for this difference
                continue
            value, bound = float(use.value[at, joint]), float(use.bound[at, joint])
            found.append(LimitMargin(limit, joint, name, float(times_s[at]), value, bound, float(used[at])))
    return tuple(found)


def closest(margins: tuple[LimitMargin, ...]) -> dict[str, LimitMargin]:
    """Of every limit the joint that comes closest."""
    best: dict[str, LimitMargin] = {}
    for margin in margins:
        if margin.limit not in best or margin.used > best[margin.limit].used:
            best[margin.limit] = margin
    return best


def first_excess(times_s: Array, positions_rad: Array, profile: RobotProfile) -> LimitMargin | None:
    """The first command beyond a limit; of several limits the one that libfranka names first. None: there is none."""
    uses = limit_use(times_s, positions_rad, profile)
    low, high = profile.position_min_rad - ROUNDING_RAD, profile.position_max_rad + ROUNDING_RAD
    beyond = {"position": (positions_rad < low) | (positions_rad > high)}
    for limit in LIMITS[1:]:
        with np.errstate(invalid="ignore"):
            beyond[limit] = np.abs(uses[limit].value) > np.abs(uses[limit].bound) + ROUNDING[limit]
    rows = np.flatnonzero(np.any([b.any(axis=1) for b in beyond.values()], axis=0))
    if not len(rows):
        return None
    row = int(rows[0])
    limit = next(name for name in LIMITS if beyond[name][row].any())
    use = uses[limit]
    joint = int(np.argmax(np.where(beyond[limit][row], np.nan_to_num(use.used[row], nan=-1.0), -1.0)))
    value, bound, used = (float(a[row, joint]) for a in (use.value, use.bound, use.used))
    return LimitMargin(limit, joint, profile.joint_names[joint], float(times_s[row]), value, bound, used)


def _difference(values: Array, step_s: Array) -> Array:
    """Backward differences; the first row is NaN."""
    with np.errstate(invalid="ignore"):
        return np.concatenate([np.full_like(values[:1], np.nan), np.diff(values, axis=0) / step_s])


def _share(value: Array, bound: Array) -> LimitUse:
    """A joint that rests uses nothing, also where it must not move at all."""
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.where(value == 0.0, 0.0, np.abs(value) / np.abs(bound))
    return LimitUse(value, bound, used)
