"""`midp data repair`; imports data."""

from __future__ import annotations

from pathlib import Path

from midp_ros.cli.terminal.console import say
from midp_ros.data.repair import repair_all


def repair_recordings(path: Path) -> int:
    """Prints what became of each recording; returns 1 where one could not be repaired."""
    failed = count = 0
    for done in repair_all(path):
        count += 1
        failed += done.path is None
        say(f"{done.path or done.source}: {done.outcome}", "" if done.path else "red")
    if not count:
        say(f"{path}: nothing needs a repair")
    return int(bool(failed))
