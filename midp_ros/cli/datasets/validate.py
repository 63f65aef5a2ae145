"""`midp data validate`: a set judged by episode and reason; imports data and recording."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from rich.table import Column, Table

from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.data.judgement import Finding, Severity
from midp_ros.data.survey import survey
from midp_ros.recording.formats.options import ReadOptions

STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
SHOWN = 30  # findings of a severity in the terminal; --json has all


def validate_set(source: Path, options: ReadOptions, strict: bool, as_json: bool) -> int:
    """Prints the findings; returns 1 where a training would suffer, else 0."""
    with progress_bar(plain_console(stderr=True), transient=True) as progress:
        bar = progress.add_task("judging", total=None)

        def show(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)

        episodes, findings = survey(source, options, show)
    counts = Counter(finding.severity for finding in findings)
    failed = bool(counts[Severity.ERROR] or (strict and counts[Severity.WARNING]))
    if as_json:
        print(json.dumps({"episodes": episodes, "ok": not failed, "findings": [asdict(f) for f in findings]}))
        return int(failed)
    console = plain_console()
    for severity in Severity:
        _print(severity, [f for f in findings if f.severity is severity])
    summary = ", ".join(f"{counts[s]} {s.value}s" for s in Severity)
    say(f"{source}: {episodes} episodes; {summary}", "red" if failed else "green", console)
    return int(failed)


def _print(severity: Severity, findings: list[Finding]) -> None:
    if not findings:
        return
    table = Table(severity.value, "episode", Column("details", overflow="fold"), border_style=STYLES[severity])
    for finding in sorted(findings, key=lambda f: f.reason)[:SHOWN]:
        table.add_row(finding.reason, Path(finding.episode).name, finding.details)
    plain_console().print(table)
    if len(findings) > SHOWN:
        reasons = Counter(f.reason for f in findings)
        say(f"and {len(findings) - SHOWN} more: " + ", ".join(f"{n} {reason}" for reason, n in reasons.items()))
