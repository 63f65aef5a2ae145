"""One call of `midp record`: episodes of the expert until enough are kept; imports simulation, expert and recording."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from midp_ros.accounting import Accountant
from midp_ros.cli.recording.accounts import print_weak, weakness
from midp_ros.cli.recording.players import Attempt, prepare
from midp_ros.cli.recording.settings import Settings
from midp_ros.cli.recording.workers import Workers
from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.cli.terminal.failures import HEADINGS, counted, print_failures, rows
from midp_ros.cli.terminal.interrupt import Interruptible
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.cli.workers.place import HERE, Place
from midp_ros.core.errors import FileFormatError, MidpError, RecordingError
from midp_ros.recording import EpisodeWriter, recorded_info

HOPELESS = 30  # failures one after the other, from which on none will succeed
UNTOLD = {"disturb_deg": 0.0}  # settings of episodes from before they were told


class HopelessError(MidpError):
    """An expert that fails every episode."""


@dataclass
class Tally:
    """Episodes so far.

    Attributes:
        kept: episodes in the folder from the first seed on.
        before, recorded: those of earlier calls, and those of this one.
        steps, simulated_s: recorded control steps and simulated time of this call.
        in_a_row: failures since the last success.
        weak: what the accountant says of this call's episodes that teach little.
        tracking_m: mean and worst distance of the tool to its path, by kept episode of this call.
        failures: `seed` and `failure` of the episodes that failed in this call.
    """

    kept: int = 0
    before: int = 0
    recorded: int = 0
    steps: int = 0
    simulated_s: float = 0.0
    in_a_row: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)
    tracking_m: list[tuple[float, float]] = field(default_factory=list)


def run_session(
    settings: Settings,
    writer: EpisodeWriter,
    episodes: int,
    first_seed: int,
    interruptible: Interruptible,
    workers: int = 1,
    place: Place = HERE,
) -> bool:
    """Records until so many episodes from the first seed on are kept; returns whether they are.

    Episodes are numbered in the order of their seeds, however many processes play them. Only those that were finished
    when the whole command was broken off come before a seed that is still missing.

    Args:
        workers: processes side by side; 1 plays in this one, unless they are elsewhere; 0: one per core.

    Raises:
        HopelessError: 30 episodes in a row failed.
        WorkerError: a process cannot work, or dies again and again.
    """
    there, others = already_there(settings, writer)
    tally = Tally()
    console, accountant = plain_console(), Accountant()
    seeds = (seed for seed in count(first_seed) if seed not in there)

    def stop(begun: int) -> bool:
        return interruptible.requested or tally.kept + begun >= episodes

    pool = Workers(settings, workers, seeds, stop, console.print, place)
    several = workers != 1 or not place.here
    played = pool.attempts() if several else _one_by_one(settings, writer, seeds, interruptible)
    with progress_bar(console) as progress, closing(played) as attempts:
        bar = progress.add_task(f"recording {settings.task}", total=episodes)
        try:
            for seed in count(first_seed):
                if tally.kept >= episodes:
                    break
                if seed in there:
                    tally.before += 1
                    tally.kept += 1
                elif (attempt := next(attempts, None)) is not None:
                    _end(attempt, settings, writer, tally)
                    if attempt.success and writer.last is not None:
                        tally.weak += weakness(accountant, writer.last, seed)
                else:
                    break
                failed = len(tally.failures)
                progress.update(bar, completed=tally.kept, description=f"recording {settings.task} ({failed} failed)")
        except BaseException:
            with suppress(MidpError):
                for attempt in pool.left_over():
                    _end(attempt, settings, writer, tally)
            raise
        elapsed_s = progress.tasks[0].elapsed or 1e-9
    if others:
        say(f"{writer.directory} also holds {others} episodes of other settings, which do not count", console=console)
    if tally.before:
        say(f"{tally.before} of these episodes were recorded before", console=console)
    print_failures(HEADINGS, rows(counted(tally.failures)), console)
    print_weak(tally.weak, tally.recorded, writer.directory, console)
    complete = tally.kept >= episodes
    interrupted = "" if complete else f"interrupted; the same command goes on at seed {seed}: "
    say(
        f"{interrupted}kept {tally.kept} episodes ({tally.steps} new steps) in {writer.directory}, "
        f"{len(tally.failures)} failed; {60 * tally.recorded / elapsed_s:.0f} episodes/min, "
        f"{tally.simulated_s / elapsed_s:.1f} times real time",
        console=console,
    )
    if tally.tracking_m:
        mean_m, worst_m = (column for column in zip(*tally.tracking_m, strict=True))
        say(
            f"tracking error of the path: mean {1000 * sum(mean_m) / len(mean_m):.1f} mm, "
            f"worst {1000 * max(worst_m):.1f} mm",
            console=console,
        )
    return complete


def already_there(settings: Settings, writer: EpisodeWriter) -> tuple[set[int], int]:
    """Seeds of the episodes in the folder that were recorded with the same settings, as far as their info shows.

    Returns:
        The seeds, and how many episodes have other settings.
    """
    found, others = set(), 0
    try:
        infos = recorded_info(writer.directory)
    except FileFormatError as e:
        raise RecordingError(f"{e}; remove it, or record into another directory") from None
    for info in infos:
        same = all(info.get(key, UNTOLD.get(key, value)) == value for key, value in settings.info.items())
        others += not same
        if same and "seed" in info and (settings.keep_failed or info.get("success") is not False):
            found.add(int(info["seed"]))
    return found, others


def _one_by_one(
    settings: Settings, writer: EpisodeWriter, seeds: Iterator[int], interruptible: Interruptible
) -> Generator[Attempt, None, None]:
    """The episodes of the seeds, whose steps the writer has, until an interruption."""
    if interruptible.requested:
        return
    player, contract = prepare(settings, writer), settings.agreed
    while not interruptible.requested:
        seed = next(seeds)
        writer.start(contract, {**settings.info, "seed": seed})
        yield Attempt.of(player(seed))


def _end(attempt: Attempt, settings: Settings, writer: EpisodeWriter, tally: Tally) -> None:
    tally.simulated_s += attempt.duration_s
    if attempt.success or settings.keep_failed:
        if attempt.steps:
            writer.start(settings.agreed, {**settings.info, "seed": attempt.seed})
            for step in attempt.steps:
                writer.step(*step)
        tally.steps += writer.steps
        writer.finish({"success": attempt.success, "duration_s": attempt.duration_s, **attempt.info})
        if "tracking_error_mean_m" in attempt.info:
            tally.tracking_m.append((attempt.info["tracking_error_mean_m"], attempt.info["tracking_error_worst_m"]))
        tally.kept += 1
        tally.recorded += 1
    else:
        writer.discard()
    tally.in_a_row = 0 if attempt.success else tally.in_a_row + 1
    if attempt.failure:
        tally.failures.append({"seed": attempt.seed, "failure": attempt.failure})
    if tally.in_a_row >= HOPELESS and not settings.keep_failed:
        most = counted(tally.failures)[0]
        raise HopelessError(
            f"{HOPELESS} episodes in a row failed, most of them thus: {most['reason']} ({most['example']}); the expert "
            f"cannot do {settings.task!r} as it is"
        )
