"""Reasons of failure over episodes, counted and as a table; imports rich."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Column, Table

HEADINGS = ("reason of failure", "episodes", "seeds", "example")
SHOWN_SEEDS = 6


def counted(episodes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Reasons by how often they occur: reason, count, seeds, and the details of the first one; plain data.

    Args:
        episodes: with `seed` and `failure`, a mapping of `reason` and `details`, or None.
    """
    found: dict[str, dict[str, Any]] = {}
    for episode in episodes:
        if failure := episode.get("failure"):
            entry = {"reason": failure["reason"], "count": 0, "seeds": [], "example": failure["details"]}
            entry = found.setdefault(failure["reason"], entry)
            entry["count"] += 1
            entry["seeds"].append(episode["seed"])
    return sorted(found.values(), key=lambda entry: -entry["count"])


def rows(failures: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Rows under HEADINGS of what `counted` returns."""
    return [[f["reason"], str(f["count"]), _seeds(f["seeds"]), f["example"]] for f in failures]


def print_failures(headings: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """Prints the table; nothing without a row."""
    if not rows:
        return
    table = Table(*(Column(h, justify="right" if h == "episodes" else "left", overflow="fold") for h in headings))
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _seeds(seeds: list[int]) -> str:
    more = len(seeds) - SHOWN_SEEDS
    return ", ".join(map(str, seeds[:SHOWN_SEEDS])) + (f" and {more} more" if more > 0 else "")
