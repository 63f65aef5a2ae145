"""The doctor's report as a person reads it; imports doctor and rich."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from midp_ros.doctor import Finding, Result, Status, result, summary

STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILED: "bold red"}
WORDS = {
    Result.OK: "all is well",
    Result.WARNING: "usable, with warnings",
    Result.FAILED: "something must be put right",
    Result.NO_ROBOT: "no robot found",
}


def print_report(rows: Sequence[Finding], console: Console) -> None:
    """A table and a last line; what is well takes one line a subject, what is not says what to do."""
    table = Table("", Column("what was found, and what to do", overflow="fold"))
    subjects: dict[str, list[Finding]] = {}
    for row in rows:
        subjects.setdefault(row.subject, []).append(row)
    for subject, found in subjects.items():
        if fine := ", ".join(row.found for row in found if row.status is Status.OK):
            table.add_row(_mark(Status.OK), Text(subject, "bold").append(f"  {fine}", "not bold"))
        for row in found:
            if row.status is not Status.OK:
                table.add_row(_mark(row.status), _problem(row))
    console.print(table)
    counts = ", ".join(f"{count} {name}" for name, count in summary(rows).items() if name != "result")
    if table.row_count < len(rows):
        counts += f"; {len(rows)} checks in {table.row_count} rows"
    worst = max((row.status for row in rows), key=list(Status).index)
    console.print(Text(WORDS[result(rows)], STYLES[worst]).append(f" ({counts})", "default"))


def _mark(status: Status) -> Text:
    return Text(status.value, STYLES[status])


def _problem(row: Finding) -> Text:
    text = Text(f"{row.subject}: {row.aspect}", "bold").append(f"  {row.found}", "not bold")
    if row.expected:
        text.append(f" (expected: {row.expected})", "not bold dim")
    return text.append(f"\n-> {row.remedy}", "not bold cyan")
