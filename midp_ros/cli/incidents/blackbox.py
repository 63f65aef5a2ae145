"""`midp blackbox`: what stopped the arm, through whom, and the same again in the stand-in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midp_ros.cli.terminal.interrupt import quiet_loading
from midp_ros.core.errors import FileFormatError, MidpError
from midp_ros.core.files.output import require_writable_file

if TYPE_CHECKING:
    from midp_ros.blackbox import BoxRecording, Verdict

SAME_INCIDENT_S = 3.0  # between the triggers of both sides
SUFFIX = ".mcap"


def blackbox(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="A file, or one of the robot's and one of the policy's side; of one the other is looked for."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The page; by default out/blackbox_NAME.html.")] = None,
    page: Annotated[bool, typer.Option(help="Write the page.")] = True,
    replay: Annotated[bool, typer.Option("--replay", help="Play it into the strict stand-in, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Say what stopped the arm: limit, joint, millisecond and culprit, with a page that shows it.

    The policy's node and the stand-in write such a file by themselves after a reflex or a latched stop.
    """
    if not files:
        raise MidpError("give a black box's file; nodes write them into out/blackbox, at once on `midp snapshot`")
    with quiet_loading():
        from midp_ros.blackbox import judge, read_recording
        from midp_ros.blackbox.judge import sides
        from midp_ros.cli.reports.blackbox_page import blackbox_page
        from midp_ros.cli.terminal.console import say, warn
    target = out or Path("out") / f"blackbox_{files[0].name.removesuffix(SUFFIX)}.html"
    if page:
        require_writable_file(target)
    recordings = {path: read_recording(path) for path in files}
    if len(recordings) == 1 and (other := _other_side(files[0], recordings[files[0]])) is not None:
        recordings[other] = read_recording(other)
    first, *others = recordings.values()
    verdict = judge(first, *others)
    robot, policy = sides(first, *others)
    seen = robot or policy
    assert seen is not None
    if as_json:
        print(json.dumps(_plain(verdict, seen, list(recordings)), indent=1))
    else:
        say(verdict.sentence, "bold")
        for sentence in verdict.evidence:
            say(f"  {sentence}")
        say(f"  {verdict.remedy}")
        if len(recordings) == 1:
            which = "robot" if seen.side == "policy" else "policy"
            warn(f"one side only: with the {which}'s file of the same incident, more can be told apart")
    if replay:
        _replay(seen)
    if page:
        blackbox_page(verdict, seen, policy if robot is not None else None, _facts(recordings)).write(target)
        if not as_json:
            say(f"page: {target}")


def _other_side(path: Path, recording: BoxRecording) -> Path | None:
    """The file of the other side beside a file, of the same incident."""
    from midp_ros.blackbox import read_recording

    at_ns = recording.origin_ns + 1e9 * recording.trigger.time_s
    found: list[tuple[float, Path]] = []
    for other in path.absolute().parent.glob(f"*{SUFFIX}"):
        if other.name == path.name or abs(other.stat().st_mtime - path.stat().st_mtime) > 60.0:
            continue
        try:
            candidate = read_recording(other)
        except FileFormatError:
            continue
        apart_s = abs(candidate.origin_ns + 1e9 * candidate.trigger.time_s - at_ns) / 1e9
        if candidate.side != recording.side and apart_s < SAME_INCIDENT_S:
            found.append((apart_s, other))
    return min(found)[1] if found else None


def _replay(seen: BoxRecording) -> None:
    from midp_ros.blackbox.replay import replay
    from midp_ros.cli.terminal.console import say

    done = replay(seen)
    start_ms = round(1000 * done.start_s)
    if not done.errors:
        say(
            f"replay: from {start_ms} ms on, at rest, the stand-in has no reflex: what caused it is not in the messages"
        )
        return
    apart_ms = round(1000 * (done.time_s - seen.trigger.time_s))
    say(f"replay: the stand-in stops, too, {apart_ms:+d} ms from then: {', '.join(done.errors)}: {done.reason}")


def _plain(verdict: Verdict, seen: BoxRecording, files: list[Path]) -> dict[str, object]:
    number = {
        name: None if value != value else value for name, value in (("value", verdict.value), ("bound", verdict.bound))
    }
    return {
        "culprit": verdict.culprit.value, "limit": verdict.limit, "joint": verdict.joint, "time_ms": verdict.time_ms,
        "wall_ns": seen.origin_ns + round(1e9 * verdict.time_s), **number, "unit": verdict.unit,
        "errors": list(verdict.errors), "evidence": list(verdict.evidence), "remedy": verdict.remedy,
        "files": [str(path) for path in files],
    }  # fmt: skip


def _facts(recordings: dict[Path, BoxRecording]) -> list[list[str]]:
    rows = []
    for path, recording in recordings.items():
        first_s, last_s = recording.span_s
        rows.append([f"{recording.side}'s file", str(path)])
        rows.append([f"{recording.side}: span", f"{first_s:.3f} to {last_s:.3f} s"])
        rows += [[f"{recording.side}: {name}", str(value)] for name, value in sorted(recording.about.items())]
    return rows
