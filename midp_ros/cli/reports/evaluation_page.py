"""report.html of an evaluation: verdict, reasons of failure, animations of the worst episodes, every episode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from midp_ros.cli.reports.page import Html, Page, bar, code, folded, note, outcome, picture, pictures, table

Animation = tuple[str, bytes]  # caption, GIF


def evaluation_page(
    title: str,
    subtitle: str,
    sentence: str,
    good: bool,
    tiles: Sequence[tuple[str, str]],
    failures: Sequence[Mapping[str, Any]],
    animations: Sequence[Animation],
    headings: Sequence[str],
    episodes: Sequence[Sequence[str]],
    facts: Sequence[tuple[str, str]],
) -> Page:
    """Builds the page.

    Args:
        sentence, good, tiles: the conclusion, whether it is a good one, and figures with their names.
        failures: as `cli.terminal.failures.counted` returns them.
        headings, episodes: a row for every episode.
        facts: what was evaluated, and with which command.
    """
    page = Page(title, subtitle)
    page.verdict([sentence], good, tiles)
    page.section("Reasons of failure", _failures(failures, len(episodes)))
    if animations:
        shown = [picture(gif, "gif", caption) for caption, gif in animations]
        page.section("Worst episodes", pictures(shown), note("Failures first; then the slowest successes."))
    numbers = range(2, len(headings) - 1)
    page.section("Episodes", folded(f"all {len(episodes)} episodes", table(headings, episodes, numbers)))
    page.section("What was evaluated", table(["", ""], [[name, code(value)] for name, value in facts]))
    return page


def outcome_cell(success: bool) -> Html:
    """Success or failure of a row."""
    return outcome(success)


def write(page: Page, folder: Path) -> Path:
    """Writes the page into a folder; raises OutputError."""
    path = folder / "report.html"
    page.write(path)
    return path


def _failures(failures: Sequence[Mapping[str, Any]], episodes: int) -> str:
    if not failures:
        return note("No episode failed.")
    rows = [
        [f["reason"], str(f["count"]), bar(f["count"] / episodes), f"seed {f['seeds'][0]}: {f['example']}"]
        for f in failures
    ]
    return table(["reason", "episodes", "", "example"], rows, numbers=[1])
