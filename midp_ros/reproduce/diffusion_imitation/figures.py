"""The page's figures of success and error; imports the study's files, and matplotlib where it draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.core.bootstrap import estimate, share
from midp_ros.experiment.plots import save_figure
from midp_ros.reproduce.diffusion_imitation import gathered
from midp_ros.reproduce.diffusion_imitation.extent import LEARNERS, REACH, Extent
from midp_ros.reproduce.diffusion_imitation.tables import Curve, expert_curve, sample_curve, widened_curve
from midp_ros.reproduce.diffusion_imitation.verdicts import SAYS
from midp_ros.reproduce.study import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"diffusion": "#0072b2", "bc": "#d55e00", "gail": "#009e73", "drail": "#cc79a7"}  # Okabe and Ito 2008
MARKS = {"diffusion": "o", "bc": "s", "gail": "^", "drail": "D"}


def draw_widened(results: Results, extent: Extent, path: Path) -> None:
    """Success by how far starts and goals are widened, a panel for each task."""
    figure, axes = new_figure(1, len(extent.widened), 4.6, 3.6)
    for axis, (task, count, factors) in zip(axes, extent.widened, strict=True):
        for learner in LEARNERS:
            curve = widened_curve(results, task, learner, count, factors)
            _line(axis, [(x + 0.012 * _place(learner), each) for x, each in curve], learner)
        if expert := expert_curve(results, task):
            axis.plot(*zip(*((x, e.mean) for x, e in expert), strict=True), ":", color="0.4", label="the expert")
        axis.set(title=f"{task}, {count} demonstrations", xlabel="width of starts and goals, demonstrated: 1",
                 xticks=factors)  # fmt: skip
    _finish(figure, axes, "success", path)


def draw_seeds(results: Results, extent: Extent, path: Path) -> None:
    """Success of each training seed, a row for each task, in it a panel for each number of demonstrations."""
    found = {task: _repeated(results, task, counts) for task, counts in extent.by_count}
    found = {task: panels for task, panels in found.items() if panels}
    columns = max((len(panels) for panels in found.values()), default=1)
    figure, axes = new_figure(max(1, len(found)), columns, 2.3, 3.2)
    for row, (task, panels) in enumerate(found.items()):
        for axis in axes[row * columns + len(panels) : (row + 1) * columns]:
            axis.set_axis_off()
        for axis, (count, own) in zip(axes[row * columns :], panels.items(), strict=False):
            for place, (learner, by_seed) in enumerate(own.items()):
                apart = 0.2 * (np.arange(len(by_seed)) - (len(by_seed) - 1) / 2)
                success = [share(np.array([by_seed[seed]], float)) for seed in sorted(by_seed)]
                _points(axis, list(zip((place + apart).tolist(), success, strict=True)), learner)
            axis.set(title=f"{task}, {count}\ndemonstrations", xticks=range(len(own)), xlim=(-0.6, len(own) - 0.4))
            axis.set_xticklabels([SAYS[learner].replace(" ", "\n") for learner in own], fontsize=8)
    _finish(figure, axes, "success", path, legend=False)


def _repeated(results: Results, task: str, counts: Sequence[int]) -> dict[int, dict[str, dict[int, list[float]]]]:
    """Success by number of demonstrations, learner and seed, of what was trained with several seeds."""
    found = {count: {each: gathered.success(results, task, each, count) for each in LEARNERS} for count in counts}
    several = {count: {each: own for each, own in by.items() if len(own) > 1} for count, by in found.items()}
    return {count: by for count, by in several.items() if by}


def draw_sizes(results: Results, extent: Extent, path: Path) -> None:
    """Held-out error by demonstrations, and by the network's parameters."""
    figure, axes = new_figure(1, 2, 4.4, 3.6)
    for learner in LEARNERS:
        by_count, by_size = [], []
        for count in gathered.learned(results, REACH, learner, extent.counts):
            errors = gathered.errors_mm(results, REACH, learner, count)
            by_count.append((float(count), estimate(gathered.stacked(errors))))
        for size in extent.sizes:
            if found := gathered.trainings(results, REACH, learner, extent.base, size):
                errors = gathered.errors_mm(results, REACH, learner, extent.base, size)
                by_size.append((next(iter(found.values()))["parameters"], estimate(gathered.stacked(errors))))
        _line(axes[0], _apart(by_count, learner), learner)
        if len(by_size) > 1:
            _line(axes[1], by_size, learner)
    _by_count(axes[0], extent.counts)
    axes[1].set(xlabel=f"parameters [thousands], {extent.base} demonstrations", xscale="log")
    for each in (axes[1].xaxis.set_major_formatter, axes[1].xaxis.set_minor_formatter):
        each(lambda x, _: f"{x / 1000:g}" if f"{x:e}"[0] in "125" else "")
    for axis in axes:  # from one demonstration cloning answers metres away
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter(lambda x, _: f"{x:g}" if f"{x:e}"[0] in "25" else "")
        axis.tick_params(axis="y", which="both", labelsize=8)
    _finish(figure, axes, "error on held-out demonstrations [mm]", path, limits=None)


def draw_samples(results: Results, extent: Extent, path: Path) -> None:
    """Success by number of demonstrations, a panel for each task."""
    figure, axes = new_figure(1, len(extent.by_count), 4.6, 3.8)
    for axis, (task, counts) in zip(axes, extent.by_count, strict=True):
        for learner in LEARNERS:
            _line(axis, _apart(sample_curve(results, task, learner, counts), learner), learner)
        _by_count(axis, counts)
        axis.set_title(task)
    _finish(figure, axes, "success", path)


def _place(learner: str) -> float:
    """Beside the true place, so that the learners' marks do not cover one another."""
    return LEARNERS.index(learner) - 1.5


def _apart(curve: Curve, learner: str) -> Curve:
    """The same on a logarithmic axis."""
    return [(x * 1.03 ** _place(learner), each) for x, each in curve]


def _by_count(axis: Axes, counts: Sequence[int]) -> None:
    axis.set(xlabel="demonstrations", xscale="log", xticks=counts)
    axis.set_xticklabels(list(map(str, counts)))
    axis.minorticks_off()


def _line(axis: Axes, curve: Curve, learner: str) -> None:
    _points(axis, curve, learner, "-")


def _points(axis: Axes, curve: Curve, learner: str, line: str = "") -> None:
    if not curve:
        return
    x, found = zip(*curve, strict=True)
    mean, low, high = (np.array([getattr(each, key) for each in found]) for key in ("mean", "low", "high"))
    error = np.maximum(0.0, [mean - low, high - mean])
    axis.errorbar(x, mean, error, fmt=f"{MARKS[learner]}{line}", color=COLOURS[learner], capsize=3, ms=5, lw=1.2,
                  label=SAYS[learner])  # fmt: skip


def new_figure(rows: int, columns: int, width: float, height: float) -> tuple[Figure, list[Any]]:
    """A figure, and its panels, each of a width and height [inch]."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    return figure, list(np.ravel(figure.subplots(rows, columns)))


def _finish(
    figure: Figure, axes: list[Any], says: str, path: Path, legend: bool = True,
    limits: tuple[float, float] | None = (-0.03, 1.03),
) -> None:  # fmt: skip
    axes[0].set_ylabel(says)
    for axis in axes:
        axis.grid(alpha=0.25)
        if limits:
            axis.set_ylim(*limits)
    handles = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    if legend and handles:
        place: dict[str, Any] = {"loc": "outside lower center", "ncols": 2 + 2 * len(axes), "columnspacing": 1.2}
        figure.legend(handles.values(), handles.keys(), **place, frameon=False, fontsize=8)
    save_figure(figure, path, 110)
