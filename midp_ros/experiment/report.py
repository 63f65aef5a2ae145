"""An experiment's README: the tables, and the plots beside them; imports core."""

from __future__ import annotations

from collections.abc import Sequence

from midp_ros.core.bootstrap import Estimate
from midp_ros.core.files.output import write_text
from midp_ros.experiment.config import Experiment
from midp_ros.experiment.plots import curves_plot, reward_plot
from midp_ros.experiment.result import CPU, FLOAT32, Result, recordings
from midp_ros.experiment.summary import Cell, cells_of

INTERVALS = """\
Reward: the mean over training seeds and episodes of each episode's maximum reward (`pick`: of its success), in brackets
the mean of each training seed. Intervals hold 95 %: a bootstrap over training seeds, then over episodes, which all
trainings share. With as few seeds as these they are rather too narrow; with one seed they are over episodes
alone. The difference is paired: same training seed, same episode. Denoising error and bound (of mutual information) are
those of the last {share} of training, on the demonstrations.
"""
SHARE = "fortieth"
HEAD = (
    "| size | parameters | regulariser | reward | 95 % | seeds | difference to `{baseline}` | denoising error "
    "| bound [nat] | steps/s |\n|---|---|---|---|---|---|---|---|---|---|"
)


def write_report(experiment: Experiment, results: Sequence[Result], remarks: Sequence[str] = ()) -> None:
    """Writes README.md and plots into the experiment's folder of results.

    Args:
        results: of the finished runs.
        remarks: what the reader must know of files that were left out.
    """
    cells = cells_of(experiment, results)
    path = experiment.results / "README.md"
    mixed = [*_mixed_data(experiment, results), *_mixed_devices(results)]
    write_text(path, report_text(experiment, cells, [*remarks, *mixed]))
    for task in {c.task for c in cells if c.results}:
        own = [c for c in cells if c.task == task]
        reward_plot(own, experiment.results / f"reward-{task}.png")
        curves_plot(own, experiment.results / f"curves-{task}.png")


def report_text(experiment: Experiment, cells: Sequence[Cell], remarks: Sequence[str]) -> str:
    """The README's text."""
    done, wanted = sum(len(c.results) for c in cells), sum(len(experiment.tasks[c.task].seeds) for c in cells)
    lines = [
        f"# {experiment.name.replace('_', ' ').capitalize()}",
        "",
        f"{done} of {wanted} runs are done. `midp experiment config/experiments/{experiment.name}.yaml` runs what is "
        "missing and writes this page anew.",
        "",
        *(f"- {remark}" for remark in remarks),
        *([""] if remarks else []),
        INTERVALS.format(share=SHARE),
    ]
    for task, settings in experiment.tasks.items():
        own = [c for c in cells if c.task == task]
        about = f"{settings.episodes} episodes, seeds {settings.first_seed} to "
        about += f"{settings.first_seed + settings.episodes - 1}"
        demonstrations = {r.demonstrations for c in own for r in c.results}
        if demonstrations:
            about += f"; {', '.join(map(str, sorted(demonstrations)))} demonstrations"
        lines += [f"## {task}", "", f"{about}.", "", HEAD.format(baseline=experiment.baseline)]
        lines += [_row(cell, experiment) for cell in own]
        if any(c.results for c in own):
            lines += ["", f"![reward](reward-{task}.png)", "", f"![training](curves-{task}.png)"]
        lines.append("")
    lines += _machines(cells)
    return "\n".join(lines).rstrip() + "\n"


def _row(cell: Cell, experiment: Experiment) -> str:
    of_seeds = f"{len(cell.results)} of {len(experiment.tasks[cell.task].seeds)}"
    if not cell.results or not cell.reward:
        return f"| {cell.size} | | {cell.variant} | missing | | {of_seeds} | | | | |"
    means = " ".join(f"{r.average:.3f}" for r in cell.results)
    return (
        f"| {cell.size} | {cell.results[0].parameters / 1e6:.2f} M | {cell.variant} "
        f"| {cell.reward.mean:.3f} ({means}) | {_interval(cell.reward)} | {of_seeds} | {_difference(cell, experiment)} "
        f"| {_mean(cell, 'denoising_error', '.4f')} | {_mean(cell, 'bound', '.2f')} "
        f"| {sum(r.steps_per_s for r in cell.results) / len(cell.results):.1f} |"
    )


def _interval(e: Estimate, sign: str = "") -> str:
    return f"{e.low:{sign}.3f} to {e.high:{sign}.3f}"


def _difference(cell: Cell, experiment: Experiment) -> str:
    if cell.variant == experiment.baseline:
        return ""
    if cell.difference is None:
        return "missing"
    seeds = "" if cell.difference.seeds == len(cell.results) else f", {cell.difference.seeds} seeds"
    return f"{cell.difference.mean:+.3f} ({_interval(cell.difference, '+')}{seeds})"


def _mean(cell: Cell, column: str, form: str) -> str:
    last = [r.curve[column][-1] for r in cell.results]
    numbers = [number for number in last if number is not None]
    return "" if len(numbers) < len(last) else f"{sum(numbers) / len(numbers):{form}}"


def _mixed_data(experiment: Experiment, results: Sequence[Result]) -> list[str]:
    remarks = []
    for task in experiment.tasks:
        own = [r for r in results if r.task == task]
        made_with = recordings(own, lambda variant, seed: experiment.variants[variant].part_of(seed))
        shared = [hashes for (*_, part), hashes in made_with.items() if not part]
        if len(together := set().union(*shared)) > 1:
            remarks.append(
                f"The seeds of {task} come from {len(together)} recordings of the same demonstrations "
                f"({_short(together)}); what is compared with each other comes from the same one."
            )
        remarks += [
            f"The results of {task}, {size}, seed {seed}, come from different demonstrations ({_short(hashes)}) "
            "and are not compared."
            for (_, size, seed, _), hashes in sorted(made_with.items())
            if len(hashes) > 1
        ]
    return remarks


def _mixed_devices(results: Sequence[Result]) -> list[str]:
    """Of the results that are compared with each other: those of a task, size and seed."""
    found: dict[tuple[str, str, int], set[tuple[str, str]]] = {}
    for r in results:
        found.setdefault((r.task, r.size, r.seed), set()).add(r.trained_on)
    return [
        f"The results of {task}, {size}, seed {seed}, were trained on different devices or in different precisions "
        f"({'; '.join(', '.join(each) for each in sorted(trained_on))}): a difference may come of that, and their "
        "steps per second do not compare."
        for (task, size, seed), trained_on in sorted(found.items())
        if len(trained_on) > 1
    ]


def _short(hashes: set[str]) -> str:
    return ", ".join(sorted(h[:12] for h in hashes))


def _machines(cells: Sequence[Cell]) -> list[str]:
    results = [r for c in cells for r in c.results]
    if not results:
        return []
    machines = sorted({_machine(r) for r in results})
    hours = sum(r.seconds for r in results) / 3600
    versions = ", ".join(sorted({r.version for r in results}))
    dates = sorted(r.date for r in results)
    return [
        f"Run from {dates[0]} to {dates[-1]} with midp_ros {versions} on {'; '.join(machines)}: {hours:.1f} h of "
        "training and evaluation in all, one run's after the other's. Steps per second depend on what else the machine "
        "did; each result's file contains its load.",
    ]


def _machine(result: Result) -> str:
    device, precision = result.trained_on
    trained = "" if (device, precision) == (CPU, FLOAT32) else f", trained on {device} in {precision}"
    return f"{result.machine.cpu}, {result.machine.cores} cores{trained}"
