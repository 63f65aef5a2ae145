"""The page of a black box: verdict, limits, the joint in question, forces, messages, events; imports blackbox."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from midp_ros.blackbox.controller_model import expected, in_force, reconstructed
from midp_ros.blackbox.judge import TRANSIT_S
from midp_ros.blackbox.recording import ROBOT, BoxRecording, Series
from midp_ros.blackbox.verdict import Culprit, Verdict
from midp_ros.cli.reports.page import Page, bar, code, folded, note, table
from midp_ros.cli.reports.svg import STYLE, Line, legend, plot
from midp_ros.control.shaping.limit_margins import LIMITS, UNITS, limit_margins, limit_use
from midp_ros.core.arrays import Array

BEFORE_S, AFTER_S = 0.4, 0.1  # shown about the moment
POOLED = 200  # points of a line; of several milliseconds the largest is drawn
CLOSE = 4  # LIMITS beyond which nothing is drawn: a step is hundreds of times a jerk's limit
TWO = ".side { grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); }"
INNOCENT = (Culprit.OPERATOR,)


def blackbox_page(
    verdict: Verdict, seen: BoxRecording, policy: BoxRecording | None, facts: Sequence[Sequence[str]]
) -> Page:
    """Builds the page.

    Args:
        seen: the side that was judged, and `policy` the other one on its clock.
        facts: rows about the files.
    """
    page = Page("Black box", f"{seen.trigger.kind} at {1000 * seen.trigger.time_s:.0f} ms: {seen.trigger.text}")
    page.parts.append(f"<style>{STYLE}{TWO}</style>")
    page.verdict([verdict.sentence, verdict.remedy, *verdict.evidence], verdict.culprit in INNOCENT, _tiles(verdict))
    setpoints = seen.setpoints if len(seen.setpoints.time_s) else reconstructed(seen, TRANSIT_S)
    good = np.isfinite(setpoints.values[0]).all(axis=1)
    setpoints = Series(setpoints.time_s[good], (setpoints.values[0][good],))
    if len(setpoints.time_s) > 4:
        page.section("Limits", *_limits(verdict, seen, setpoints))
        page.section(f"Joint {_joint(verdict, seen)}", *_joint_plots(verdict, seen, setpoints))
    if len(seen.forces.time_s):
        page.section("What was felt", *_forces(verdict, seen))
    page.section("Messages", *_messages(verdict, seen, policy))
    page.section("Events", *_events(seen, policy))
    page.section("The files", table(["", ""], [[name, code(value)] for name, value in facts]))
    return page


def _tiles(verdict: Verdict) -> list[tuple[str, str]]:
    tiles = [(verdict.culprit.value, "culprit"), (verdict.limit or "none", "limit"), (f"{verdict.time_ms} ms", "time")]
    if verdict.joint:
        tiles.insert(2, (verdict.joint, "joint"))
    if not math.isnan(verdict.value):
        tiles.append((f"{verdict.value:.4g} of {verdict.bound:.4g}", verdict.unit))
    return tiles


def _joint(verdict: Verdict, seen: BoxRecording) -> str:
    names = seen.profile.joint_names
    return verdict.joint if verdict.joint in names else names[0]


# --- limits -----------------------------------------------------------------------------------------------------------
def _limits(verdict: Verdict, seen: BoxRecording, setpoints: Series) -> list[str]:
    names, chosen = seen.profile.joint_names, _joint(verdict, seen)
    uses = limit_use(setpoints.time_s, setpoints.values[0], seen.profile)
    times_ms = 1000 * setpoints.time_s
    near = (setpoints.time_s >= verdict.time_s - BEFORE_S) & (setpoints.time_s <= verdict.time_s + AFTER_S)
    drawn = []
    for limit in LIMITS:
        used = np.minimum(np.nan_to_num(uses[limit].used), CLOSE)
        lines = [
            Line(_points(times_ms[near], used[near, k]), 4, name, many=True)
            for k, name in enumerate(names)
            if name != chosen
        ]
        k = names.index(chosen)
        lines += [Line(_points(times_ms[near], used[near, k]), 1, chosen), *_marks(times_ms[near], verdict, 1.0)]
        drawn.append(plot(lines, "time [ms]", f"{limit}, share of its limit"))
    whole = [
        Line(_points(*_pooled(times_ms, np.minimum(np.nan_to_num(uses[limit].used).max(axis=1), CLOSE))), c, limit)
        for c, limit in enumerate(LIMITS)
    ]
    margins = limit_margins(setpoints.time_s, setpoints.values[0], seen.profile)
    rows = [
        [
            m.limit,
            m.joint_name,
            f"{m.used:.3f}",
            bar(m.used),
            f"{m.value:.4g} {UNITS[m.limit]}",
            f"{m.bound:.4g}",
            f"{1000 * m.time_s:.0f}",
        ]
        for m in sorted(margins, key=lambda m: -m.used)
    ]
    headings = ["limit", "joint", "share", "", "value", "bound", "time [ms]"]
    return [
        f'<div class="side">{"".join(drawn)}</div>',
        legend([(chosen, 1), ("the other joints", 4), ("the moment and the limit", 3)]),
        plot(
            [*whole, *_marks(times_ms, verdict, 1.0)], "time [ms]", "largest share of any joint", width=1040, height=220
        ),
        legend([(limit, c) for c, limit in enumerate(LIMITS)]),
        folded("closest approach of every joint to every limit", table(headings, rows, numbers=(2, 5, 6))),
        note(
            "Commands at 1 kHz by backward differences, as the control box takes them. Shares above 4 are drawn as 4."
        ),
    ]


# --- one joint --------------------------------------------------------------------------------------------------------
def _joint_plots(verdict: Verdict, seen: BoxRecording, setpoints: Series) -> list[str]:
    k = seen.profile.joint_names.index(_joint(verdict, seen))
    start_s, end_s = verdict.time_s - BEFORE_S / 4, verdict.time_s + AFTER_S / 2
    near, states = setpoints.between(start_s, end_s), seen.states.between(start_s, end_s)
    times_ms = 1000 * near.time_s
    lines = (
        [Line(_points(1000 * states.time_s, states.values[0][:, k]), 4, "measured", many=True)]
        if len(states.time_s)
        else []
    )
    lines.append(Line(_points(times_ms, near.values[0][:, k]), 1, "commanded"))
    trajectories = in_force(seen, 0.0 if seen.side == ROBOT else TRANSIT_S)
    steps: list[Line] = []
    if trajectories:
        wanted = expected(trajectories, near.time_s)[:, k]
        lines.append(Line(_points(times_ms, wanted), 0, "what was received", dashed=True))
        arrivals = [t.given.time_s for t in trajectories if start_s <= t.given.time_s <= end_s]
        at_rad: list[float] = np.interp(arrivals, near.time_s, near.values[0][:, k]).tolist()
        lines += [
            Line(np.array([[1000 * t, q]]), 2, f"a trajectory arrives at {1000 * t:.1f} ms", dots=True)
            for t, q in zip(arrivals, at_rad, strict=True)
        ]
        apart = 1e6 * (near.values[0][:, k] - wanted)
        steps = [Line(_points(times_ms, apart), 0, "commanded less received")]
    velocity = np.diff(near.values[0][:, k]) / np.maximum(np.diff(near.time_s), 1e-3)
    speeds = [Line(_points(times_ms[1:], velocity), 1, "commanded"), *_marks(times_ms, verdict)]
    drawn = [
        plot([*lines, *_marks(times_ms, verdict)], "time [ms]", "position [rad]"),
        plot(speeds, "time [ms]", "velocity [rad/s]"),
    ]
    if steps:
        drawn.append(plot(steps, "time [ms]", "difference [microrad]"))
    names = [
        ("commanded", 1),
        ("what was received", 0),
        ("a trajectory arrives", 2),
        ("measured", 4),
        ("the moment", 3),
    ]
    return [f'<div class="side">{"".join(drawn)}</div>', legend(names)]


# --- what was felt ----------------------------------------------------------------------------------------------------
def _forces(verdict: Verdict, seen: BoxRecording) -> list[str]:
    near = seen.forces.between(verdict.time_s - 4 * BEFORE_S, verdict.time_s + 4 * AFTER_S)
    if not len(near.time_s):
        return [note("Nothing was recorded about that time.")]
    profile, times_ms = seen.profile, 1000 * near.time_s
    torque = np.abs(near.values[0]) / profile.collision_torque_nm
    wrench = np.abs(near.values[1]) / profile.collision_wrench
    joints = [
        Line(_points(*_pooled(times_ms, torque[:, k])), k % 5, name) for k, name in enumerate(profile.joint_names)
    ]
    axes = [
        Line(_points(*_pooled(times_ms, wrench[:, k])), k % 5, name)
        for k, name in enumerate(("Fx", "Fy", "Fz", "Tx", "Ty", "Tz"))
    ]
    drawn = [
        plot([*joints, *_marks(times_ms, verdict, 1.0)], "time [ms]", "external torque, share of threshold"),
        plot([*axes, *_marks(times_ms, verdict, 1.0)], "time [ms]", "external wrench, share of threshold"),
    ]
    return [
        f'<div class="side">{"".join(drawn)}</div>',
        note("A line's name is shown where the mouse rests; 1 is a collision."),
    ]


# --- messages and events ----------------------------------------------------------------------------------------------
def _messages(verdict: Verdict, seen: BoxRecording, policy: BoxRecording | None) -> list[str]:
    sender = policy or (seen if seen.side != ROBOT else None)
    received = [g for g in seen.trajectories] if seen.side == ROBOT else []
    rows, known = [], set()
    for given in sender.trajectories if sender else ():
        arrived = next((r for r in received if _same(r.trajectory.position_rad, given.trajectory.position_rad)), None)
        known.add(id(arrived))
        rows.append(
            (
                given.time_s,
                _row(given.time_s, given.before_s, arrived.time_s if arrived else math.nan, given, bool(received)),
            )
        )
    rows += [(r.time_s, _row(math.nan, math.inf, r.time_s, r, True)) for r in received if id(r) not in known]
    near = [row for t, row in sorted(rows, key=lambda r: r[0]) if abs(t - verdict.time_s) < 2 * BEFORE_S + 0.2]
    headings = ["written [ms]", "due before [ms]", "arrived [ms]", "to spare [ms]", "points", "lasts [s]", ""]
    every = [row for _, row in sorted(rows, key=lambda r: r[0])]
    numbers = range(6)
    return [
        table(headings, near, numbers) if near else note("No trajectory about that time."),
        folded(f"all {len(every)} trajectories", table(headings, every, numbers)) if len(every) > len(near) else "",
    ]


def _row(written_s: float, before_s: float, arrived_s: float, given: object, both: bool) -> list[str]:
    trajectory = given.trajectory  # type: ignore[attr-defined]
    spare_s = before_s - (arrived_s if not math.isnan(arrived_s) else written_s)
    remark = getattr(given, "purpose", "")
    if not getattr(given, "sent", True):
        remark = "too late: not sent"
    elif both and math.isnan(arrived_s):
        remark = "never received"
    elif math.isfinite(spare_s) and spare_s < 0:
        remark = "late"
    lasts_s = float(trajectory.time_s[-1] - trajectory.time_s[0])
    shown = [_ms(written_s), _ms(before_s), _ms(arrived_s), _ms(spare_s)]
    return [*shown, str(len(trajectory.time_s)), f"{lasts_s:.3f}", remark]


def _events(seen: BoxRecording, policy: BoxRecording | None) -> list[str]:
    events = [(e.time_s, seen.side, e) for e in seen.events]
    events += [(e.time_s, policy.side, e) for e in policy.events] if policy is not None and policy is not seen else []
    rows = [[_ms(t), side, e.kind, e.text] for t, side, e in sorted(events, key=lambda e: e[0])]
    return [table(["time [ms]", "side", "kind", ""], rows, (0,)) if rows else note("None.")]


# --- inside -----------------------------------------------------------------------------------------------------------
def _marks(times_ms: Array, verdict: Verdict, limit: float | None = None) -> list[Line]:
    """The moment, and a limit's height where there is one."""
    at = 1000 * verdict.time_s
    top = limit if limit is not None else math.nan
    lines = [Line(np.array([[at, 0.0], [at, top]]), 3, f"{at:.0f} ms", dashed=True)] if limit is not None else []
    if limit is not None and len(times_ms):
        lines.append(Line(np.array([[times_ms[0], limit], [times_ms[-1], limit]]), 3, "the limit", dashed=True))
    return lines


def _points(times_ms: Array, values: Array) -> Array:
    good = np.isfinite(values)
    return np.stack([times_ms[good], values[good]], axis=1)


def _pooled(times_ms: Array, values: Array) -> tuple[Array, Array]:
    """Of many points the largest of each group."""
    size = max(1, len(values) // POOLED)
    count = len(values) // size * size
    groups = values[:count].reshape(-1, size)
    return times_ms[:count].reshape(-1, size)[:, 0], groups.max(axis=1)


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool((one == other).all())


def _ms(time_s: float) -> str:
    return f"{1000 * time_s + 0.0:.1f}".replace("-0.0", "0.0") if math.isfinite(time_s) else ""
