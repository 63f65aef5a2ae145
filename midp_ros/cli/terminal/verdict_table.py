"""The verdict on a training as a table; imports rich."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from midp_ros.cli.terminal.console import say

if TYPE_CHECKING:
    from midp_ros.learning.monitoring.verdict import Verdict


def verdict_rows(verdict: Verdict) -> tuple[list[str], list[list[str]]]:
    """Headings and rows: each action's error on held-out and on learned episodes, beside the demonstrated motion."""
    headings = ["action", *(["held out"] if verdict.held_out else []), "learned", "demonstrated motion"]
    rows = []
    for i, learned in enumerate(verdict.learned):
        errors = [*(verdict.held_out[i : i + 1]), learned]
        cells = [f"{e.error:.3g} {e.unit}" for e in errors]
        motion = "" if math.isnan(learned.motion) else f"{learned.motion:.3g} {learned.unit}"
        rows.append([learned.name.replace("_", " "), *cells, motion])
    return headings, rows


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Table of the mean action errors over the executed steps, and the conclusions."""
    headings, rows = verdict_rows(verdict)
    table = Table(*headings, title="mean error of the executed actions", title_justify="left")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for i, sentence in enumerate(verdict.sentences):
        say(sentence, ("bold green" if verdict.good else "bold yellow") if i == 0 else "", console)
