"""The report of a recorded episode in the terminal; imports recording, accounting and rich, no ROS."""

from __future__ import annotations

import math
import sys

from rich.console import Console
from rich.table import Table

from midp_ros.accounting import Verdict
from midp_ros.core.contract import Contract
from midp_ros.recording.episode_report import EpisodeReport

WIDTH = 110  # of what is no terminal, as under a launch file


def print_report(title: str, report: EpisodeReport, contract: Contract, awaited: set[str]) -> None:
    """Prints figures of every topic, and what is wrong."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    headings = ("topic", "messages", "rate Hz", "needed Hz", "gap s", "lost", "skew ms")
    table = Table(*headings, title=f"{title}: {_summary(report)}", title_justify="left")
    for name, found in sorted(report.topics.items(), key=lambda item: (item[0] not in awaited, item[0])):
        skew = (
            ""
            if "smallest_skew_s" not in found
            else (f"{1e3 * found['smallest_skew_s']:.0f} to {1e3 * found['largest_skew_s']:.0f}")
        )
        table.add_row(
            name, f"{found['count']}", _number(found.get("rate_hz"), ".1f"),
            f"{contract.rate_hz:g}" if name in awaited else "", _number(found.get("largest_gap_s"), ".3f"),
            _number(found.get("lost"), "d"), skew,
        )  # fmt: skip
    console.print(table)
    for flag in report.flags:
        console.print(f"FLAGGED: {flag}", style="bold yellow", soft_wrap=True)
    sys.stdout.flush()


def print_verdict(verdict: Verdict) -> None:
    """Prints how much the episode teaches, compared with those before it."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(verdict.text, style="bold yellow" if verdict.redo else "", soft_wrap=True)
    sys.stdout.flush()


def _summary(report: EpisodeReport) -> str:
    parts = [f"{report.duration_s:.1f} s", f"{report.steps} steps"]
    parts += [f"{report.left_out} left out"] if report.left_out else []
    parts += [f"{name} {share:.0%}" for name, share in (("idle", report.idle), ("saturated", report.saturated))
              if not math.isnan(share)]  # fmt: skip
    return ", ".join([*parts, "flagged" if report.flags else "good"])


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
