"""Verdict where no limit was passed: an operator's stop, a controller that vanished, a second publisher.

Here the latched stop's own reason is what there is to judge by. Imports this folder's recording and verdict.
"""

from __future__ import annotations

import math

from midp_ros.blackbox.excess import ERRORS, FELT, MEASURED
from midp_ros.blackbox.recording import OPERATOR, ROBOT, BoxEvent, BoxRecording
from midp_ros.blackbox.verdict import Culprit, Verdict

LIKELY = "this is likely, not certain: the robot's side was not recorded"
# Parts of the reasons that midp_ros gives (control.supervision, nodes.safety, simulation.arm), in order of precedence.
REASONS = (
    (
        ("stopped by the operator", "user stop", "asked for it", "held at the start", "USER_STOPPED", "GUIDING"),
        Culprit.OPERATOR,
    ),
    (
        ("other publisher", "also publish", "end one of them", "two publishers", "two robots", "two nodes"),
        Culprit.PUBLISHER,
    ),
    (("stale", "interrupted", "clock has jumped", "silent", "late", "no messages"), Culprit.LATENESS),
    (("controller", "INACTIVE", "control node"), Culprit.CONTROLLER),
    (("mode", "robot"), Culprit.ROBOT),
)


def stop_verdict(incident: BoxEvent, seen: BoxRecording) -> Verdict:
    """The verdict by the incident's reason, or by its errors."""
    culprit, evidence = Culprit.UNKNOWN, [f"{incident.kind}: {incident.text}"]
    if incident.kind == OPERATOR:
        culprit = Culprit.OPERATOR
    elif incident.errors:
        culprit, why = _by_errors(incident.errors, seen)
        evidence = [why, *evidence]
    else:
        culprit = next((c for words, c in REASONS if any(w in incident.text for w in words)), Culprit.UNKNOWN)
    if culprit is Culprit.LATENESS and (gap := _longest_gap(seen)) is not None:
        evidence.insert(0, gap)
    limit = ", ".join(incident.errors)
    return Verdict(culprit, limit, "", incident.time_s, math.nan, math.nan, "", tuple(evidence), incident.errors)


def _by_errors(errors: tuple[str, ...], seen: BoxRecording) -> tuple[Culprit, str]:
    """The likely culprit where a policy's recording shows nothing wrong with what was sent."""
    if "communication_constraints_violation" in errors:
        return Culprit.LATENESS, "commands did not reach the robot in time"
    known = {ERRORS[name][0] for name in errors if name in ERRORS}
    if seen.side == ROBOT or not known:
        return Culprit.ROBOT, "nothing in the recording passes a limit"
    if FELT in known:
        return Culprit.CONTACT, f"what was sent is within the limits; {LIKELY}"
    if MEASURED in known:
        return Culprit.CONTROLLER, f"what was sent is within the limits; {LIKELY}"
    return Culprit.LATENESS, f"what was sent is within the limits, if it arrived in time; {LIKELY}"


def _longest_gap(seen: BoxRecording) -> str | None:
    times = seen.targets.time_s
    if len(times) < 2:
        return None
    gaps = times[1:] - times[:-1]
    at = int(gaps.argmax())
    return f"between two joint targets there were {1000 * gaps[at]:.0f} ms, up to {1000 * times[at + 1]:.0f} ms"
