"""Through whom a limit was passed, by comparison: setpoints, what was received, what was sent.

    setpoints differ from what was received           controller
    two trajectories, each fine alone, do not fit     hand-over, or lateness where they fitted when they were planned
    one trajectory leaves the limits by itself        shaping, or the chunk where that is commanded as it is
    commands fine, something pushes                   contact, or the chunk where it leads into something
    commands fine, nothing pushes, arm too fast       controller

Imports core, kinematics and this folder's recording, excess and controller model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.blackbox.controller_model import CYCLE_S, InForce, at, expected
from midp_ros.blackbox.excess import COMMANDED, FELT, MEASURED, Excess
from midp_ros.blackbox.recording import BoxEvent, BoxRecording, GivenTrajectory, Series
from midp_ros.blackbox.scene_contact import leads_into, nearest_thing
from midp_ros.blackbox.splices import Joint, joint_of, unshaped
from midp_ros.blackbox.verdict import Culprit, Verdict
from midp_ros.control.shaping.limit_margins import first_excess
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory

# Setpoints are compared to a controller's mathematics; a jerk limit is passed by 5 microrad in one millisecond.
SAME_RAD = 5e-7
OWN_S = 0.2  # of a trajectory, in which faults of its own are looked for
STENCIL = 4  # commands that a jerk is made of
AHEAD_S = 0.3  # of the commands: a collision stops the arm on its way
PUSHED = 0.1  # of the collision thresholds: what the estimate shows of a free arm's own motion is a tenth of that
BEFORE_MEASURED_S = 0.3  # a jolt of the commands shows in what is measured or felt within this time


@dataclass(frozen=True)
class Case:
    """What there is to judge by.

    Attributes:
        seen: the robot's recording, or else the policy's.
        policy: the policy's, on the same clock; None where there is none.
        setpoints: at 1 kHz, recorded or reconstructed.
        trajectories: as received.
    """

    seen: BoxRecording
    policy: BoxRecording | None
    setpoints: Series
    trajectories: list[InForce]
    incident: BoxEvent


def attribute(case: Case, excess: Excess) -> Verdict:
    """The verdict on an excess."""
    if excess.source == COMMANDED:
        culprit, evidence = _commanded(case, excess)
    elif excess.source == FELT:
        culprit, evidence = _felt(case, excess)
    else:
        culprit, evidence = _measured(case, excess)
    number = excess.value, excess.bound, excess.unit
    text = (*evidence, excess.text)
    limit = f"{excess.source} {excess.limit}"
    return Verdict(culprit, limit, excess.joint, excess.time_s, *number, text, case.incident.errors)


# --- commands ---------------------------------------------------------------------------------------------------------
def _commanded(case: Case, excess: Excess) -> tuple[Culprit, list[str]]:
    if excess.limit == "finite":
        return Culprit.CONTROLLER, ["the controller commanded what is no number; no trajectory carries such"]
    if not case.trajectories:
        if len(case.seen.targets.time_s):
            return _streamed(case, excess)
        return Culprit.CONTROLLER, ["no trajectory was received: the controller moved the arm by itself"]
    if differs := _differs(case, excess.time_s):
        return Culprit.CONTROLLER, [differs]
    now = at(case.trajectories, excess.time_s)
    if now is None:
        return Culprit.CONTROLLER, ["no trajectory was in force: the controller moved the arm by itself"]
    if excess.limit in ("self-collision", "tool speed"):
        return _along_path(case, now, excess)
    joint = joint_of(case.trajectories, now, case.policy)
    if _is_switch(case, now, excess.time_s):
        return _at_switch(case, now, joint)
    if joint is not None and joint.fits_poorly_at(excess.time_s):
        return Culprit.HAND_OVER, [joint.text]
    return _within(case, now, excess)


def _differs(case: Case, time_s: float) -> str:
    """How the setpoints differ from what the controller had to command; empty where they do not."""
    if not len(case.seen.setpoints.time_s):
        return ""
    near = case.seen.setpoints.between(time_s - (STENCIL - 1) * CYCLE_S, time_s)
    wanted = expected(case.trajectories, near.time_s)
    apart = np.abs(near.values[0] - wanted)
    if not len(near.time_s) or not np.nanmax(apart, initial=0.0) > SAME_RAD:
        return ""
    row, joint = np.unravel_index(int(np.nanargmax(apart)), apart.shape)
    name, ms = case.seen.profile.joint_names[joint], 1000 * near.time_s[row]
    return f"the setpoint of {name} at {ms:.0f} ms is {apart[row, joint]:.3g} rad away from the trajectory in force"


def _is_switch(case: Case, now: InForce, time_s: float) -> bool:
    """Whether the excess spans a change of trajectories, and is not the new one's own."""
    if now.since_s < time_s - (STENCIL - 2) * CYCLE_S - 1e-6:
        return False
    if now is case.trajectories[0] and not len(case.setpoints.between(now.since_s - 1.5 * CYCLE_S, now.since_s).time_s):
        return False
    return _alone(case, now.executed, time_s) is None


def _alone(case: Case, trajectory: JointTrajectory, time_s: float) -> object:
    """The excess of a trajectory by itself about a time; None where it has none."""
    times_s = time_s + CYCLE_S * np.arange(-STENCIL + 1, 1)
    times_s = times_s[times_s >= trajectory.time_s[0] - 1e-9]
    return first_excess(times_s, trajectory.sample(times_s)[0], case.seen.profile) if len(times_s) else None


def _at_switch(case: Case, now: InForce, joint: Joint | None) -> tuple[Culprit, list[str]]:
    given = now.given
    if joint is None:
        return Culprit.HAND_OVER, ["the first trajectory does not begin where the arm was held"]
    if given.trajectory.time_s[0] > given.time_s + 2 * CYCLE_S:
        ahead_ms = 1000 * (given.trajectory.time_s[0] - given.time_s)
        return Culprit.HAND_OVER, [
            f"its first point lies {ahead_ms:.0f} ms ahead of its arrival: until then the controller leads there from "
            "the measured state"
        ]
    if own := _own_excess(case, now, joint):
        return Culprit.SHAPING, [own, joint.text]
    if joint.late:
        return Culprit.LATENESS, [joint.text]
    if lost := _lost_before(case, given):
        return Culprit.LATENESS, [lost]
    if joint.overtaken:
        return Culprit.LATENESS, [joint.text]
    return Culprit.HAND_OVER, [joint.text]


def _own_excess(case: Case, now: InForce, joint: Joint) -> str:
    """Where the new trajectory leaves the limits by itself, away from where it leaves the old one."""
    start_s = max(now.since_s, joint.from_s + joint.period_s) + STENCIL * CYCLE_S
    times_s = np.arange(start_s, min(start_s + OWN_S, float(now.executed.time_s[-1])), CYCLE_S)
    found = first_excess(times_s, now.executed.sample(times_s)[0], case.seen.profile) if len(times_s) else None
    if found is None:
        return ""
    where = f"{found.limit} of {found.joint_name} at {1000 * found.time_s:.0f} ms"
    return f"the new trajectory leaves the limits by itself, too: {where}"


def _lost_before(case: Case, given: GivenTrajectory) -> str:
    """Which trajectory, that this one continues, was sent and never received; empty where none was."""
    if case.policy is None or case.seen is case.policy:
        return ""
    sent = [each for each in case.policy.trajectories if each.sent]
    received = [each.given.trajectory for each in case.trajectories]
    place = next((n for n, each in enumerate(sent) if _same(each.trajectory, given.trajectory)), None)
    if not place:
        return ""
    before = sent[place - 1]
    if any(_same(before.trajectory, other) for other in received):
        return ""
    return f"the trajectory that was sent at {1000 * before.time_s:.0f} ms was never received; this one continues it"


def _same(one: JointTrajectory, other: JointTrajectory) -> bool:
    return one.position_rad.shape == other.position_rad.shape and bool((one.position_rad == other.position_rad).all())


def _within(case: Case, now: InForce, excess: Excess) -> tuple[Culprit, list[str]]:
    """A trajectory that leaves the limits by itself."""
    step_s = case.seen.contract.step_s if case.seen.contract else 0.1
    if unshaped(now.given.trajectory, step_s):
        return Culprit.CHUNK, ["the chunk is commanded as it is, without shaping, and leaves the limits by itself"]
    after_ms = 1000 * (excess.time_s - now.since_s)
    return Culprit.SHAPING, [
        f"the trajectory in force leaves the limits by itself, {after_ms:.0f} ms after it took over"
    ]


def _along_path(case: Case, now: InForce, excess: Excess) -> tuple[Culprit, list[str]]:
    """Limits on where the arm is and on the tool's speed, which a chunk decides and no shaping of joints keeps."""
    return Culprit.CHUNK, [f"the motion within the joints' limits leads there: {excess.limit} is the path's own"]


def _streamed(case: Case, excess: Excess) -> tuple[Culprit, list[str]]:
    """Setpoints of a follower, which passes targets on as they come."""
    times = case.seen.targets.time_s
    periods = np.diff(times)
    near = np.flatnonzero((times[1:] > excess.time_s - 0.2) & (times[1:] <= excess.time_s + 0.002))
    if len(near) and len(periods) and periods[near].max() > 3 * np.median(periods):
        gap_ms = 1000 * periods[near].max()
        return Culprit.LATENESS, [f"the targets paused for {gap_ms:.0f} ms, and the follower stepped to the next one"]
    return Culprit.HAND_OVER, ["two targets one after the other are a step apart"]


# --- what is felt and measured ----------------------------------------------------------------------------------------
def _felt(case: Case, excess: Excess) -> tuple[Culprit, list[str]]:
    if jolt := _jolt(case, excess.time_s):
        culprit, evidence = _commanded(case, jolt)
        return culprit, [*evidence, f"{jolt.text}, {1000 * (excess.time_s - jolt.time_s):.0f} ms before"]
    if into := leads_into(case.seen, case.policy, _ahead(case, excess.time_s), excess.time_s):
        return Culprit.CHUNK, [into]
    evidence = ["the commands are within the limits and do not lead into the table: something pushes"]
    thing = nearest_thing(case.seen, case.setpoints, excess.time_s)
    return Culprit.CONTACT, [*evidence, *([thing] if thing else [])]


def _ahead(case: Case, time_s: float) -> Series:
    """The commands up to a time [s] and, by the trajectory in force, for a moment more."""
    past = case.setpoints.between(time_s - 2 * CYCLE_S, time_s)
    if not case.trajectories:
        return past
    times_s: Array = time_s + CYCLE_S * np.arange(1.0, AHEAD_S / CYCLE_S, 10.0)
    return Series(np.append(past.time_s, times_s), (np.vstack([past.values[0], expected(case.trajectories, times_s)]),))


def _measured(case: Case, excess: Excess) -> tuple[Culprit, list[str]]:
    if jolt := _jolt(case, excess.time_s):
        culprit, evidence = _commanded(case, jolt)
        return culprit, [*evidence, f"{jolt.text}, {1000 * (excess.time_s - jolt.time_s):.0f} ms before"]
    share = _pushed(case, excess.time_s)
    if share > PUSHED:
        return Culprit.CONTACT, [f"an external force of {share:.2f} of the collision thresholds moves the arm"]
    return Culprit.CONTROLLER, [
        "the commands are within the limits and nothing pushes: the controller does not bring the arm to follow them"
    ]


def _jolt(case: Case, time_s: float) -> Excess | None:
    """An excess of the commands shortly before, where the robot does not judge them."""
    near = case.setpoints.between(time_s - BEFORE_MEASURED_S, time_s)
    good = np.isfinite(near.values[0]).all(axis=1)
    found = first_excess(near.time_s[good], near.values[0][good], case.seen.profile)
    if found is None:
        return None
    return Excess(COMMANDED, found.limit, found.joint_name, found.time_s, found.value, found.bound, found.unit)


def _pushed(case: Case, time_s: float) -> float:
    """The largest external torque or wrench of the moment before, in collision thresholds."""
    near, profile = case.seen.forces.between(time_s - 0.1, time_s + 1.5 * CYCLE_S), case.seen.profile
    shares = [np.abs(near.values[0]) / profile.collision_torque_nm, np.abs(near.values[1]) / profile.collision_wrench]
    return max((float(s.max()) for s in shares if s.size), default=0.0)


__all__ = ["MEASURED", "Case", "attribute"]
