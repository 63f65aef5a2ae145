"""The page's tables, a figure with its 95 % interval in each cell; imports the study's files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midp_ros.core.bootstrap import Estimate, estimate, share
from midp_ros.reproduce.diffusion_imitation import gathered
from midp_ros.reproduce.diffusion_imitation.compared import spread
from midp_ros.reproduce.diffusion_imitation.extent import LEARNERS, MEDIUM, REACH, Extent
from midp_ros.reproduce.diffusion_imitation.measured import SIDES
from midp_ros.reproduce.diffusion_imitation.verdicts import SAYS
from midp_ros.reproduce.study import Results, Table

Curve = list[tuple[float, Estimate]]  # of what is on the x axis


def widened(results: Results, extent: Extent) -> Table:
    """Success by how far starts and goals are widened."""
    rows = []
    for task, count, factors in extent.widened:
        curves = {SAYS[learner]: widened_curve(results, task, learner, count, factors) for learner in LEARNERS}
        for name, curve in {**curves, "the expert": expert_curve(results, task)}.items():
            if curve:
                rows.append([task, name, *_cells(curve, extent.factors)])
    return Table("Success by how far starts and goals are widened", ["task", "", *map(_times, extent.factors)], rows)


def widened_curve(results: Results, task: str, learner: str, count: int, factors: Sequence[float]) -> Curve:
    """Success by factor; empty where it was not judged for all of them."""
    found = gathered.by_factor(results, task, learner, count, factors)
    return [(factor, share(gathered.stacked(each))) for factor, each in zip(factors, found, strict=True) if each]


def expert_curve(results: Results, task: str) -> Curve:
    """The expert's success by factor: what can be reached at all."""
    found = results.get(f"{task}-expert", {"success": {}})["success"]
    return [(float(factor), share(np.array([values], float))) for factor, values in found.items()]


def seeds(results: Results, extent: Extent) -> Table:
    """Success by training seed, and its spread."""
    rows = []
    for task, counts in extent.by_count:
        for learner in LEARNERS:
            for count in counts:
                found = gathered.success(results, task, learner, count)
                if len(found) > 1:
                    each = ", ".join(_cell(share(np.array([found[seed]], float))) for seed in sorted(found))
                    rows.append([task, SAYS[learner], str(count), each, _cell(spread(gathered.stacked(found)[None]))])
    success = f"success of the seeds {', '.join(map(str, extent.seeds))}"
    return Table("Spread over training seeds", ["task", "", "demonstrations", success, "largest minus smallest"], rows)


def sizes(results: Results, extent: Extent) -> Table:
    """Error and success by demonstrations, and by size of the network."""
    rows = []
    for task, counts in extent.by_count:
        sized = [(extent.base, size) for size in extent.sizes if size != MEDIUM] if task == REACH else []
        for learner in LEARNERS:
            for count, size in [(count, MEDIUM) for count in counts] + sized:
                if found := gathered.trainings(results, task, learner, count, size):
                    error = estimate(gathered.stacked(gathered.errors_mm(results, task, learner, count, size)))
                    success = share(gathered.stacked(gathered.success(results, task, learner, count, size=size)))
                    parameters = next(iter(found.values()))["parameters"]
                    cells = [f"{parameters:,}", str(len(found)), _millimetres(error), _cell(success)]
                    rows.append([task, SAYS[learner], str(count), size, *cells])
    head = ["task", "", "demonstrations", "network", "parameters", "seeds", "error [mm]", "success"]
    return Table("Held-out error and success", head, rows)


def ways(results: Results, extent: Extent) -> Table:
    """Ways past the post: in many scenes once, and both of them in one scene."""
    rows = []
    for learner in LEARNERS:
        if both := gathered.both_sides(results, learner, extent.shown):
            shares = [gathered.passed(results, learner, extent.shown, side) for side in SIDES]
            cells = [_cell(share(gathered.stacked(each))) for each in (*shares, both)]
            rows.append([SAYS[learner], *cells, str(len(both))])
    head = ["", "passed left", "passed right", "neither", "scenes in which it passes both", "seeds"]
    return Table("Ways past the post, `avoid`", head, rows)


def samples(results: Results, extent: Extent) -> Table:
    """Success by number of demonstrations."""
    rows = []
    for task, counts in extent.by_count:
        for learner in LEARNERS:
            if curve := sample_curve(results, task, learner, counts):
                rows.append([task, SAYS[learner], *_cells(curve, extent.counts)])
    return Table("Success by number of demonstrations", ["task", "", *map(str, extent.counts)], rows)


def sample_curve(results: Results, task: str, learner: str, counts: Sequence[int]) -> Curve:
    """Success by number of demonstrations."""
    learned = gathered.learned(results, task, learner, counts)
    return [(c, share(gathered.stacked(gathered.success(results, task, learner, c)))) for c in learned]


def _times(factor: float) -> str:
    return f"x {factor:g}"


def _cells(curve: Curve, places: Sequence[float]) -> list[str]:
    """A cell for each place; empty where the curve has none."""
    found = dict(curve)
    return [_cell(found[place]) if place in found else "" for place in places]


def _cell(found: Estimate) -> str:
    return f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f})"


def _millimetres(found: Estimate) -> str:
    return f"{found.mean:.1f} ({found.low:.1f} to {found.high:.1f})"
