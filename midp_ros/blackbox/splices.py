"""Where two trajectories meet: whether the new one continues the old one, and whether it came in time; imports core."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from midp_ros.blackbox.controller_model import CYCLE_S, InForce
from midp_ros.blackbox.recording import BoxRecording
from midp_ros.core.joint_trajectory import JointTrajectory

# States that count as the same: position [rad], velocity [rad/s], acceleration [rad/s^2].
SAME = (1e-6, 1e-4, 1e-1)


@dataclass(frozen=True)
class Joint:
    """How a trajectory takes over from the one before.

    Attributes:
        late: both agree where the new one begins, and no longer when it arrived.
        overtaken: the new one begins on a trajectory that was received before the one that it replaces.
        from_s: up to then both are the same [s]; the new one's first point where they never are.
        period_s: of the new one's points there [s].
        fits: whether the new one leaves the old one without a step.
        text: in words.
    """

    late: bool
    overtaken: bool
    from_s: float
    period_s: float
    fits: bool
    text: str

    def fits_poorly_at(self, time_s: float) -> bool:
        """Whether an excess at a time [s] is the step at which the new one leaves the old one."""
        return not self.fits and self.from_s - CYCLE_S <= time_s <= self.from_s + self.period_s + 3.5 * CYCLE_S


def joint_of(trajectories: list[InForce], now: InForce, policy: BoxRecording | None) -> Joint | None:
    """The place where a trajectory takes over; None for the first one."""
    place = trajectories.index(now)
    if place == 0:
        return None
    old, new = trajectories[place - 1].executed, now.given.trajectory
    from_s, period_s = _parting(old, new)
    planned_s = min(now.given.before_s, _planned(policy, new))
    arrived_s = now.given.time_s
    if math.isnan(from_s):  # it does not begin on the running one
        other = next(
            (e for e in reversed(trajectories[: place - 1]) if not math.isnan(_parting(e.executed, new)[0])), None
        )
        first_s = float(new.time_s[0])
        if other is not None and other.given.trajectory.time_s[0] <= first_s:
            text = "it continues a trajectory that another one had replaced already: they came in another order"
            return Joint(False, True, first_s, period_s, False, text)
        return Joint(False, False, first_s, period_s, False, f"it begins {_apart(old, new, arrived_s)} the running one")
    late = now.since_s > from_s + CYCLE_S + 1e-6
    when = f"it leaves the running one at {1000 * from_s:.0f} ms and came at {1000 * arrived_s:.0f} ms"
    if math.isfinite(planned_s):
        when += f"; it was planned to be there before {1000 * planned_s:.0f} ms"
    fits = _fits(old, new, from_s, period_s)
    if not fits and not late:
        when = (
            f"from {1000 * from_s:.0f} ms on it goes {_apart(old, new, from_s + period_s)} the running one, with a step"
        )
    return Joint(late and fits, False, from_s, period_s, fits, when)


def _parting(old: JointTrajectory, new: JointTrajectory) -> tuple[float, float]:
    """Up to when the new one's points lie on the old one [s], and the time to its next point; NaN where none does."""
    inside = new.time_s >= old.time_s[0] - 1e-6
    states = old.states(new.time_s)
    own = np.stack([new.position_rad, new.velocity_rad_s, new.acceleration_rad_s2], axis=1)
    apart = np.abs(own - states).max(axis=2)  # (points, 3)
    known = np.isfinite(apart)
    same = ((apart <= np.array(SAME)) | ~known).all(axis=1) & inside
    gaps = np.diff(new.time_s)
    period_s = float(gaps[0]) if len(gaps) else CYCLE_S
    if not same[0]:
        return math.nan, period_s
    last = len(same) - 1 if same.all() else int(np.argmin(same)) - 1
    return float(new.time_s[last]), float(gaps[last]) if last < len(gaps) else period_s


def _fits(old: JointTrajectory, new: JointTrajectory, from_s: float, period_s: float) -> bool:
    """Whether the new one's first own piece bends no more than its next ones do.

    A splice with a step has one piece that bridges it, which accelerates and jerks far more than all others.
    """
    times_s = np.arange(from_s, from_s + 8 * period_s, CYCLE_S)
    states = new.states(times_s)
    jerk = np.abs(np.diff(states[:, 2], axis=0)).max(axis=1) / CYCLE_S if len(times_s) > 2 else np.zeros(1)
    pieces = max(1, round(period_s / CYCLE_S))
    bridge, after = jerk[:pieces].max(initial=0.0), jerk[pieces:].max(initial=0.0)
    return bool(bridge <= 3.0 * after + 1.0)


def _planned(policy: BoxRecording | None, new: JointTrajectory) -> float:
    """Before when the sender meant it to arrive [s]; infinite where that is not known."""
    if policy is None:
        return math.inf
    for each in policy.trajectories:
        shape = each.trajectory.position_rad.shape
        if shape == new.position_rad.shape and (each.trajectory.position_rad == new.position_rad).all():
            return each.before_s
    return math.inf


def _apart(old: JointTrajectory, new: JointTrajectory, time_s: float) -> str:
    position, velocity = (np.abs(a - b).max() for a, b in zip(old.sample(time_s), new.sample(time_s), strict=True))
    return f"{position:.3g} rad and {velocity:.3g} rad/s away from"


def unshaped(trajectory: JointTrajectory, step_s: float) -> bool:
    """Whether it is a chunk as it is: a point for each control step, without accelerations."""
    gaps = np.diff(trajectory.time_s)
    coarse = len(gaps) > 0 and float(np.median(gaps)) > 0.4 * step_s
    return bool(coarse and not np.isfinite(trajectory.acceleration_rad_s2[1:]).any())
