"""What the accountant says of a recording in process; imports accounting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from midp_ros.accounting import Accountant
from midp_ros.cli.terminal.console import say
from midp_ros.core.episode import Episode

SHOWN = 5


def weakness(accountant: Accountant, episode: Episode, seed: int) -> list[str]:
    """A line where the episode teaches less than 90 % of those before it and a trait shows why; it is added to them.

    Without a trait it is no news: a tenth of any set teaches less than the rest.
    """
    verdict = accountant.judge(episode)
    accountant.keep(episode)
    why = ", ".join(r.text for r in verdict.reasons)
    return [f"seed {seed}: {why}"] if verdict.redo and why else []


def print_weak(weak: Sequence[str], recorded: int, folder: Path, console: Console) -> None:
    """How many episodes teach little, the first of them with their reasons, and the command that ranks all."""
    if not weak:
        return
    more = f"; and {len(weak) - SHOWN} more" if len(weak) > SHOWN else ""
    say(
        f"{len(weak)} of {recorded} new episodes teach less than others, and it shows "
        f"({'; '.join(weak[:SHOWN])}{more}); `midp data rank {folder}` ranks all",
        console=console,
    )
