"""`midp experiment`: runs what an experiment lacks, and writes its table and plots."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import TaskID
from rich.table import Table
from rich.text import Text

from midp_ros.cli.terminal.console import plain_console, say, warn
from midp_ros.cli.terminal.interrupt import every_stop_interrupts, quiet_loading
from midp_ros.cli.terminal.progress import progress_bar, reading_bar
from midp_ros.cli.workers.place import RAY_HELP, SLURM_HELP, Place
from midp_ros.core.errors import MidpError
from midp_ros.core.files.output import lock_folder, require_writable_folder
from midp_ros.experiment.config import Experiment
from midp_ros.experiment.progress import (
    DAMAGED,
    DONE,
    MISSING,
    OTHER,
    UNPAIRED,
    State,
    in_words,
    seconds_left,
    state_of,
    states_of,
)
from midp_ros.experiment.runs import Run, chosen, runs_of

REPORT_S = 60.0  # that another process may take to write the report
ADVICE = {
    DAMAGED: "; it is run again",
    OTHER: "; --redo runs it again",
    UNPAIRED: "; --redo runs it and the seed's others with those here",
}


def experiment(
    config: Annotated[Path, typer.Argument(help="YAML file, e.g. config/experiments/mutual_information_grid.yaml.")],
    data: Annotated[
        list[str] | None, typer.Argument(help="TASK.data=PATH: other demonstrations; data=PATH: the first task's.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Runs side by side; several, or elsewhere: one thread each.")] = 1,
    only: Annotated[
        list[str] | None, typer.Option(help="task/size/variant/seed, with * and ?; may be given repeatedly.")
    ] = None,
    redo: Annotated[
        bool, typer.Option("--redo", help="Also runs whose result, or whose seed's, was made with something else.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is done and missing.")] = False,
    report_only: Annotated[bool, typer.Option("--report-only", help="Only write table and plots anew.")] = False,
    ray: Annotated[str, typer.Option(help=RAY_HELP)] = "",
    slurm: Annotated[str, typer.Option(help=SLURM_HELP)] = "",
    gpus: Annotated[float, typer.Option(min=0.0, help="Of each run, on Ray and Slurm.")] = 0.0,
) -> None:
    """Train and evaluate a grid of policies.

    The same command goes on where it was stopped: finished runs stay, others resume from their checkpoints.
    """
    console, place = plain_console(), Place(ray, slurm, gpus)
    settings = Experiment.load(config).with_data(data or [])
    runs = runs_of(settings)
    selected = chosen(runs, only or [])
    with quiet_loading():
        hashes = {} if report_only else _data_hashes(selected, console)

    def current() -> dict[str, State]:
        return states_of(runs, hashes)

    states = current()
    _say_what_is_wrong(states, console)
    missing = [run for run in selected if _wanted(run, states, hashes, redo)]
    _say_what_is_not_read(selected, console)
    _show(runs, states, missing, console)
    say(_time_left(missing, states, jobs), console=console)
    if dry_run:
        return
    for folder in (settings.results, *([] if report_only else [settings.runs])):
        require_writable_folder(folder, create=False)
    ended = Ending([], interrupted=False)
    if not report_only:

        def on_result() -> str:
            now = _report(settings, current)
            return _time_left([run for run in missing if _wanted(run, now, hashes, redo)], now, jobs)

        without = [run for run in missing if run.recording not in hashes]
        without_data = [f"{run.name}: its demonstrations are not here" for run in without]
        with every_stop_interrupts():
            ended = _run([run for run in missing if run.recording in hashes], jobs, place, on_result)
        ended.failures[:0] = without_data
    _report(settings, current)
    say(f"report: {settings.results / 'README.md'}", console=console)
    if ended.failures:
        say("not done:\n" + "\n".join(f"  {f}" for f in ended.failures), "red", console)
    if ended.interrupted:
        say("interrupted; the same command goes on: unfinished runs resume from their checkpoints", console=console)
        raise typer.Exit(128 + signal.SIGINT)
    if ended.failures:
        raise typer.Exit(1)


@dataclass(frozen=True)
class Ending:
    """Why some runs were not finished, and whether an interruption ended them."""

    failures: list[str]
    interrupted: bool


def _wanted(run: Run, states: dict[str, State], hashes: dict[str, str], redo: bool) -> bool:
    state = states[run.name]
    if state.result is None:
        return redo or state.kind in (MISSING, DAMAGED)
    return redo and state.result.data_hash != hashes.get(run.recording, state.result.data_hash)


def _data_hashes(runs: Sequence[Run], console: Console) -> dict[str, str]:
    """By name, for those demonstrations that are here."""
    from midp_ros.cli.experiments.data import load_dataset

    hashes = {}
    wanted = dict.fromkeys((r.recording, r.data, r.demonstrations, r.config.keep_failed) for r in runs)
    for name, data, demonstrations, keep_failed in wanted:
        remarks: list[str] = []
        try:
            with reading_bar(f"reading {name}", console) as progress:
                read = load_dataset(data, demonstrations, keep_failed, progress=progress, remark=remarks.append)
            hashes[name] = read.data_hash
        except MidpError as e:
            console.print(Text.assemble((f"{name} cannot be run: ", "yellow"), str(e)), soft_wrap=True)
        for remark in remarks:
            warn(f"{name}: {remark}", console)
    return hashes


def _say_what_is_wrong(states: dict[str, State], console: Console) -> None:
    for name, state in states.items():
        if state.kind in ADVICE:
            advice = ADVICE[state.kind]
            console.print(Text.assemble((f"{name}: ", "yellow"), state.reason, advice), soft_wrap=True)


def _say_what_is_not_read(runs: Sequence[Run], console: Console) -> None:
    """Sizes and variants that are one and the same to a learner or network would be compared, and differ by chance."""
    from midp_ros.cli.training.unread_settings import unread_settings

    cells: dict[str, list[str]] = {}
    for (task, size, variant), run in {(r.task, r.size, r.variant): r for r in runs}.items():
        for text in unread_settings(run.config, [o for o in run.overrides if o != "regulariser=null"]):
            cells.setdefault(text, []).append(f"{task}/{size}/{variant}")
    for text, where in cells.items():
        warn(f"{text}: {', '.join(where)}", console)


def _show(runs: Sequence[Run], states: dict[str, State], missing: Sequence[Run], console: Console) -> None:
    table = Table("task", "size", "variant", "done", "to run", "seeds to run", box=None)
    for cell in dict.fromkeys((r.task, r.size, r.variant) for r in runs):
        own = [r for r in runs if (r.task, r.size, r.variant) == cell]
        todo = [str(r.seed) for r in own if r in missing]
        done = sum(states[r.name].kind == DONE for r in own)
        table.add_row(*cell, f"{done} of {len(own)}", str(len(todo)), " ".join(todo))
    console.print(table)


def _time_left(missing: Sequence[Run], states: dict[str, State], jobs: int) -> str:
    seconds, unknown = seconds_left(missing, [s.result for s in states.values() if s.result], jobs)
    if not missing:
        return "nothing to run"
    parts = [f"about {in_words(seconds)}"] if unknown < len(missing) else []
    parts += [f"{unknown} of unknown duration"] if unknown else []
    return f"{len(missing)} runs to go, {jobs} at a time: {', and '.join(parts)}"


def _run(missing: Sequence[Run], jobs: int, place: Place, on_result: Callable[[], str]) -> Ending:
    """Runs them, prints their messages, and calls back after each; Ctrl-C ends them at their next checkpoint."""
    from midp_ros.cli.experiments import run as one
    from midp_ros.cli.workers.crew import Update, Work
    from midp_ros.cli.workers.sharing import Listed, Lost, Sharing

    threads = place.worker_cores or (1 if jobs > 1 else 0)
    failures: dict[str, str] = {}
    interrupted = False
    with progress_bar() as progress:
        bars: dict[str, TaskID] = {}
        whole = progress.add_task("runs", total=len(missing))
        try:
            listed = Listed(one.Job(run, threads) for run in missing)
            with place.crew(Work(one.begin, None), jobs) as crew:
                for job, event in Sharing(crew, jobs, listed, fresh=True).events():
                    name = job.run.name
                    message = event.content if isinstance(event, Update) else None
                    if isinstance(message, one.Progress):
                        bars[name] = bars[name] if name in bars else progress.add_task(name)
                        text = f"{name} {message.phase}"
                        progress.update(bars[name], description=text, completed=message.done, total=message.total)
                    elif isinstance(message, one.Note):
                        say(f"{name}: {message.text}", console=progress.console)
                    elif isinstance(message, one.Failed):
                        failures[name] = message.reason
                    elif isinstance(event, Lost) and event.again:
                        say(f"{name}: {event.worker}; it is run again", "yellow", progress.console)
                    else:
                        if name in bars:
                            progress.remove_task(bars.pop(name))
                        progress.advance(whole)
                        if isinstance(event, Lost):
                            failures.setdefault(name, f"{event.worker}, as others before it")
                        progress.console.print(_outcome(job.run, failures.get(name)), soft_wrap=True)
                        say(on_result(), console=progress.console)
        except KeyboardInterrupt:
            interrupted = True
    return Ending([f"{name}: {reason}" for name, reason in failures.items()], interrupted)


def _outcome(run: Run, failure: str | None) -> Text:
    result = state_of(run).result
    if failure or not result:
        return Text.assemble((f"{run.name}: ", "red"), failure or "no result")
    speed = f"{result.steps_per_s:.1f} steps/s"
    return Text(f"{run.name}: {result.average:.3f} in {in_words(result.seconds)}, {speed}")


def _report(settings: Experiment, current: Callable[[], dict[str, State]]) -> dict[str, State]:
    """Writes the report of the present states, one process at a time: another one may train other runs of the grid."""
    from midp_ros.experiment.report import write_report

    settings.results.mkdir(parents=True, exist_ok=True)
    _lock = lock_folder(settings.results, REPORT_S)  # until this function returns
    states = current()
    left_out = [f"Left out: {s.reason}." for s in states.values() if s.kind in (DAMAGED, OTHER)]
    write_report(settings, [s.result for s in states.values() if s.result], left_out)
    return states


if __name__ == "__main__":
    typer.run(experiment)
