"""Verdict on recordings: which limit, which joint, which millisecond, and through whom.

It judges by numbers: commands against limits, commands against what was sent, what was sent against what was sent
before. Of what the robot says, only the names of its errors count; a sentence in a log is no evidence.

Imports this folder's recording, excess, controller model and attribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from midp_ros.blackbox.attribution import Case, attribute
from midp_ros.blackbox.controller_model import in_force, reconstructed
from midp_ros.blackbox.excess import COMMANDED, ERRORS, FELT, Excess, find_excesses
from midp_ros.blackbox.recording import OPERATOR, POLICY, REFLEX, ROBOT, BoxEvent, BoxRecording
from midp_ros.blackbox.stops import stop_verdict
from midp_ros.blackbox.verdict import Culprit, Verdict
from midp_ros.core.errors import MidpError

LOOKED_BACK_S = 1.0  # from an incident to its cause, at most
DETECTED_S = 0.012  # an error is raised up to a batch of 10 ms after what it is about
TRANSIT_S = 0.002  # from a sender to the controller, on one machine
BEGINNINGS = ("controller", "reflex", "stop")


class NothingToJudge(MidpError):
    """Recordings that do not belong together."""


def judge(recording: BoxRecording, *others: BoxRecording) -> Verdict:
    """The verdict on one side's recording, or better on both sides' of one incident.

    Raises:
        NothingToJudge: two recordings of the same side, or of another time.
    """
    robot, policy = sides(recording, *others)
    seen = robot or policy
    assert seen is not None
    incident = _incident(recording, seen)
    if incident.kind == OPERATOR and not (robot and robot.trigger.kind == REFLEX):
        return stop_verdict(incident, seen)
    seen = _running_motion(seen, incident)
    setpoints = seen.setpoints
    transit_s = 0.0 if seen.side == ROBOT else TRANSIT_S
    if not len(setpoints.time_s):
        setpoints = reconstructed(seen, transit_s)
    start_s, end_s = incident.time_s - LOOKED_BACK_S, incident.time_s + DETECTED_S
    found = find_excesses(seen, setpoints, start_s, incident.time_s, end_s)
    case = Case(seen, policy, setpoints, in_force(seen, transit_s), incident)
    if (excess := _decisive(found, incident, seen)) is not None:
        return attribute(case, excess)
    return stop_verdict(incident, seen)


def sides(*recordings: BoxRecording) -> tuple[BoxRecording | None, BoxRecording | None]:
    """The robot's and the policy's recording, the second on the clock of the first; raises NothingToJudge."""
    by_side: dict[str, BoxRecording] = {}
    for each in recordings:
        if each.side in by_side:
            raise NothingToJudge(f"both files are of the {each.side}'s side; give one of each side, or one alone")
        by_side[each.side] = each
    robot, policy = by_side.get(ROBOT), by_side.get(POLICY)
    if robot is None or policy is None:
        return robot, policy
    later_s = (policy.origin_ns - robot.origin_ns) / 1e9
    first, last = robot.span_s
    if not (policy.span_s[0] + later_s <= last and policy.span_s[1] + later_s >= first):
        raise NothingToJudge("the two files are of different times: they do not show the same incident")
    return robot, shifted(policy, later_s)


def shifted(recording: BoxRecording, later_s: float) -> BoxRecording:
    """The recording on a clock whose zero is so much earlier [s]."""

    def moved(series):  # type: ignore[no-untyped-def]
        return replace(series, time_s=series.time_s + later_s)

    given = tuple(
        replace(
            each, time_s=each.time_s + later_s, before_s=each.before_s + later_s,
            trajectory=replace(each.trajectory, time_s=each.trajectory.time_s + later_s),
        )
        for each in recording.trajectories
    )  # fmt: skip
    return replace(
        recording,
        origin_ns=recording.origin_ns - round(later_s * 1e9),
        trigger=replace(recording.trigger, time_s=recording.trigger.time_s + later_s),
        setpoints=moved(recording.setpoints), states=moved(recording.states), forces=moved(recording.forces),
        targets=moved(recording.targets), trajectories=given,
        chunks=tuple(replace(c, time_s=c.time_s + later_s, start_s=c.start_s + later_s) for c in recording.chunks),
        events=tuple(replace(e, time_s=e.time_s + later_s) for e in recording.events),
        scene=tuple((t + later_s, poses) for t, poses in recording.scene),
    )  # fmt: skip


def _incident(recording: BoxRecording, seen: BoxRecording) -> BoxEvent:
    """What is judged: the robot's own reflex where its recording has one."""
    return seen.trigger if seen.trigger.kind == REFLEX or seen is recording else recording.trigger


def _running_motion(seen: BoxRecording, incident: BoxEvent) -> BoxRecording:
    """Without the trajectories from before a controller was last activated."""
    begins = [e.time_s for e in seen.events if e.kind in BEGINNINGS and e.time_s < incident.time_s - DETECTED_S]
    if not begins:
        return seen
    return replace(seen, trajectories=tuple(g for g in seen.trajectories if g.time_s >= max(begins) - 1e-9))


def _decisive(found: Sequence[Excess], incident: BoxEvent, seen: BoxRecording) -> Excess | None:
    """The excess that the errors are about; without errors, or where none fits, the first that the robot judges."""
    wanted = [ERRORS[name] for name in incident.errors if name in ERRORS]
    fitting = [
        e
        for e in found
        for source, limit in wanted
        if (not source or e.source == source) and (not limit or e.limit == limit)
    ]
    if fitting:
        return fitting[0]
    if incident.errors and wanted and not found:
        return None
    judged = [e for e in found if e.source != COMMANDED or seen.judged or seen.side == POLICY]
    if incident.kind == REFLEX or incident.errors:
        return judged[0] if judged else None
    return next((e for e in judged if e.source == FELT), None)


__all__ = ["Culprit", "NothingToJudge", "judge", "shifted", "sides"]
