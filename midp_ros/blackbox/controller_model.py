"""What a joint_trajectory_controller had to command, given what it was sent and when; imports core.

It is the independent truth beside the recorded setpoints: where both differ, the controller is the culprit. Where a
recording has no setpoints, as a policy's, it takes their place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.blackbox.recording import BoxRecording, GivenTrajectory, Series
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import SAME_TIME_S, JointTrajectory

CYCLE_S = 1e-3


@dataclass(frozen=True)
class InForce:
    """A trajectory that commands the arm from a time on.

    Attributes:
        since_s: the first millisecond that follows it [s].
        given: as it was received.
        executed: what the controller makes of it: with a way to the first point where that lies ahead.
    """

    since_s: float
    given: GivenTrajectory
    executed: JointTrajectory


def in_force(recording: BoxRecording, transit_s: float = 0.0) -> list[InForce]:
    """Every trajectory that was received, in the order of reception.

    Args:
        transit_s: from being written to being received, on a sender's side [s].
    """
    found: list[InForce] = []
    for given in sorted((g for g in recording.trajectories if g.sent), key=lambda g: g.time_s):
        arrival_s = given.time_s + transit_s
        trajectory = given.trajectory
        if arrival_s > trajectory.time_s[-1] + CYCLE_S:
            continue  # it is over: refused
        if trajectory.time_s[0] > arrival_s + SAME_TIME_S:
            trajectory = _with_way(recording, found, trajectory, arrival_s)
        since_s = (np.floor(arrival_s / CYCLE_S + 1e-6) + 1) * CYCLE_S
        found.append(InForce(float(since_s), given, trajectory))
    return found


def _with_way(
    recording: BoxRecording, before: list[InForce], trajectory: JointTrajectory, arrival_s: float
) -> JointTrajectory:
    """Until the first point the controller moves there from the measured state, or from the commanded one."""
    if not recording.about.get("interpolate_from_desired_state") and len(recording.states.time_s):
        row = max(0, int(np.searchsorted(recording.states.time_s, arrival_s + SAME_TIME_S)) - 1)
        state = tuple(np.nan_to_num(values[row]) for values in recording.states.values)
        return trajectory.starting_from(arrival_s, *state)
    if before:
        return trajectory.starting_from(arrival_s, *before[-1].executed.sample_with_acceleration(arrival_s))
    return trajectory


def at(trajectories: list[InForce], time_s: float) -> InForce | None:
    """The one that is in force at a time [s]; None before the first."""
    found = None
    for each in trajectories:
        if each.since_s > time_s + 1e-6:
            break
        found = each
    return found


def expected(trajectories: list[InForce], times_s: Array) -> Array:
    """Positions (n, joints) at times (n,); NaN before the first trajectory."""
    joints = trajectories[0].executed.position_rad.shape[1] if trajectories else 0
    wanted = np.full((len(times_s), joints), np.nan)
    since = np.array([each.since_s for each in trajectories])
    place = np.searchsorted(since, np.asarray(times_s) + 1e-6, side="right") - 1
    for number in np.unique(place[place >= 0]):
        rows = place == number
        wanted[rows] = trajectories[number].executed.sample(np.asarray(times_s)[rows])[0]
    return wanted


def reconstructed(recording: BoxRecording, transit_s: float) -> Series:
    """Setpoints at 1 kHz as the controller would command them, for a side that does not see them."""
    trajectories = in_force(recording, transit_s)
    if not trajectories:
        return Series.empty(recording.profile.joints)
    end_s = max(recording.span_s[1], trajectories[-1].since_s)
    first = round(trajectories[0].since_s / CYCLE_S)
    times_s: Array = CYCLE_S * np.arange(first, round(end_s / CYCLE_S) + 1, dtype=np.float64)
    return Series(times_s, (expected(trajectories, times_s),))
