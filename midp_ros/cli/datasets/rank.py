"""`midp data rank`: how much each episode teaches, and the part worth keeping; imports accounting and recording."""

from __future__ import annotations

import json
from pathlib import Path

from rich.table import Column, Table

from midp_ros.accounting import AccountingError, Ranking, rank
from midp_ros.accounting.kept_part import is_list, write_folder, write_list
from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, OutputError
from midp_ros.core.files.output import require_writable_file
from midp_ros.core.files.output_folder import require_new
from midp_ros.recording import load_episodes
from midp_ros.recording.formats import format_of, mcap_set, open_set

SHOWN = 30  # the worst, in the terminal; --all and --json have the others


def rank_set(source: Path, keep: float | None, out: Path | None, show_all: bool, as_json: bool) -> None:
    """Prints the ranking, the worst first, and writes the part to keep.

    Raises:
        AccountingError: too few episodes, or a part is asked for where the ranking says little.
        OutputError: the place of the part is taken, or cannot be written.
    """
    if (keep is None) != (out is None):
        raise OutputError("--keep and --out belong together: how much to keep, and where to write it")
    if out is not None:
        require_writable_file(out) if is_list(out) else require_new(out)
    episodes = _read(source, out)
    learned = [e for e in episodes if not e.failed]
    ranking = rank(learned)
    left_out = len(episodes) - len(learned)
    if as_json:
        print(json.dumps({"source": str(source), "failures_left_out": left_out, **ranking.plain()}))
    else:
        _show(ranking, source, left_out, show_all)
    if keep is not None and out is not None:
        _write(ranking, keep, out, as_json)


def _read(source: Path, out: Path | None) -> list[Episode]:
    if not source.exists() or format_of(source) == mcap_set.FORMAT:
        return load_episodes(source)
    if out is not None:
        remedy = f"`midp data convert {source} NAME` makes one, to be ranked instead"
        raise FileFormatError(f"--out takes episodes out of a folder of them, and {source} is none; {remedy}")
    return [demonstration.episode for demonstration in open_set(source)]


def _show(ranking: Ranking, source: Path, left_out: int, show_all: bool) -> None:
    console, count = plain_console(), len(ranking.episodes)
    table = Table("episode", "score [nat]", "95 %", "better than", Column("likely reason", overflow="fold"))
    for ranked in ranking.episodes[::-1][: count if show_all else SHOWN]:
        score = ranked.score
        table.add_row(
            Path(ranked.episode.name).name,
            f"{score.mean:.2f}",
            f"{score.low:.2f} to {score.high:.2f}" if score.error < float("inf") else "",
            f"{ranked.percentile:.0f} %",
            "; ".join(r.text for r in ranked.reasons),
        )
    console.print(table)
    if count > SHOWN and not show_all:
        say(f"and {count - SHOWN} better ones; --all shows them", console=console)
    if left_out:
        say(f"{left_out} episodes are marked as failures and are not ranked", "yellow", console)
    say(
        f"{source}: {count} episodes, {ranking.information_nat:.2f} nat of the motion follow from the observation; "
        f"reliability of the order {ranking.reliability:.2f}",
        console=console,
    )
    if ranking.doubt:
        say(f"cannot tell: {ranking.doubt}", "yellow", console)


def _write(ranking: Ranking, keep: float, out: Path, as_json: bool) -> None:
    if ranking.doubt:
        raise AccountingError(f"nothing is written to {out}, as no part is better beyond doubt: {ranking.doubt}")
    paths = [r.episode.name for r in ranking.best(keep)]
    write_list(paths, out) if is_list(out) else write_folder(paths, out)
    if not as_json:
        say(f"kept {len(paths)} of {len(ranking.episodes)} episodes: {out}", "green")
