"""`midp data trim | split | merge | delete`; imports data and recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from midp_ros.cli.datasets.opening import chosen_format, tell, with_progress, write
from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.core.errors import MidpError
from midp_ros.core.files.output_folder import require_new
from midp_ros.data import editing
from midp_ros.recording.directory import episode_paths, is_bag
from midp_ros.recording.formats import format_of, open_set


class NoEpisodesError(MidpError):
    """A selection that names no episodes, or is none."""


def trim_set(source: Path, out: Path, to: str, from_s: float, to_s: float | None, idle: bool) -> None:
    """Trims every episode into a new set."""
    if not (from_s or to_s is not None or idle):
        raise NoEpisodesError("nothing to trim: give --from-s, --to-s or --idle")
    _change(source, out, to, editing.trim_to(from_s, to_s, idle), "trimming")


def split_set(source: Path, out: Path, to: str, shortest_steps: int | None) -> None:
    """Splits every episode that needs it into a new set."""
    _change(source, out, to, editing.split_at_faults(shortest_steps), "splitting")


def merge_sets(sources: Sequence[Path], out: Path) -> None:
    """Copies the episodes of several folders into a new one."""
    total = sum(len(episode_paths(source)) for source in sources)
    with progress_bar(plain_console(stderr=True), transient=True) as progress:
        bar = progress.add_task("merging", total=total)
        count = editing.merge(sources, out, lambda: progress.advance(bar))
    say(f"{out}: {count} episodes of {len(sources)} sets")


def delete_episodes(folder: Path, selection: Sequence[str], renumber: bool) -> None:
    """Moves episodes to the trash."""
    if format_of(folder) != "mcap":
        raise NoEpisodesError(f"{folder} is no folder of episodes; `midp data convert` makes one")
    numbers = _numbers(selection)
    trash = editing.delete(folder, numbers, renumber)
    remain = len(episode_paths(folder))
    say(f"moved {len(set(numbers))} episodes to {trash}; {remain} remain; --restore takes them back")


def restore_episodes(folder: Path) -> None:
    """Takes the episodes back out of the trash."""
    restored = editing.restore(folder)
    say(f"restored {len(restored)} episodes: {', '.join(p.name for p in restored) or 'the trash is empty'}")


def _change(source: Path, out: Path, to: str, change: editing.Change, doing: str) -> None:
    require_new(out)
    remarks: list[str] = []
    if source.is_dir() and format_of(source) == chosen_format(out, to) == "mcap" and not is_bag(source):
        total = len(episode_paths(source))
        with progress_bar(plain_console(stderr=True), transient=True) as progress:
            bar = progress.add_task(doing, total=total)
            count = editing.rewrite(source, out, change, remarks.append, lambda: progress.advance(bar))
        tell(remarks)
        say(f"{out}: {count} episodes, of {total}")
        return
    found = open_set(source)
    changed = editing.changed(with_progress(found, doing), change, remarks.append)
    episodes, steps = write(out, to, found.contract, changed)
    tell(remarks)
    say(f"{out}: {episodes} episodes, {steps} steps, of {len(found)} episodes")


def _numbers(selection: Sequence[str]) -> list[int]:
    numbers: list[int] = []
    for text in selection:
        first, dash, last = text.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise NoEpisodesError(f"episode {text!r} is no number and no range; e.g. 3 7 12-15")
        if int(last or first) < int(first):
            raise NoEpisodesError(f"range {text!r} runs backwards; did you mean {last}-{first}?")
        numbers += range(int(first), int(last or first) + 1)
    if not numbers:
        raise NoEpisodesError("no episodes named; give their numbers, e.g. 3 7 12-15")
    return numbers
