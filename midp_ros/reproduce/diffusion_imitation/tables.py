"""The page's tables, a figure with its 95 % interval in each cell; imports the study's files."""

from __future__ import annotations

import numpy as np

from midp_ros.core.bootstrap import Estimate, estimate, share
from midp_ros.reproduce.diffusion_imitation import gathered
from midp_ros.reproduce.diffusion_imitation.compared import spread
from midp_ros.reproduce.diffusion_imitation.extent import AVOID, LEARNERS, MEDIUM, REACH, Extent
from midp_ros.reproduce.diffusion_imitation.measured import SIDES
from midp_ros.reproduce.diffusion_imitation.verdicts import SAYS
from midp_ros.reproduce.study import Results, Table

Curve = list[tuple[float, Estimate]]  # of what is on the x axis


def widened(results: Results, extent: Extent) -> Table:
    """Success by how far starts and goals are widened."""
    rows = []
    for task, count, factors in (
        (REACH, extent.base, extent.factors),
        (AVOID, extent.shown, extent.avoid_factors),
    ):
        if len(factors) == 1:
            continue
        for learner in LEARNERS:
            found = gathered.by_factor(results, task, learner, count, factors)
            if found[0]:
                rows.append([task, SAYS[learner], *(_cell(share(gathered.stacked(each))) for each in found)])
        if expert := expert_curve(results, task):
            rows.append([task, "the expert", *(_cell(each) for _, each in expert)])
    return Table("Success by how far starts and goals are widened", ["task", "", *map(_times, extent.factors)], rows)


def expert_curve(results: Results, task: str) -> Curve:
    """The expert's success by factor: what can be reached at all."""
    found = results.get(f"{task}-expert", {"success": {}})["success"]
    return [(float(factor), share(np.array([values], float))) for factor, values in found.items()]


def seeds(results: Results, extent: Extent) -> Table:
    """Success by training seed, and its spread."""
    rows = []
    for learner in LEARNERS:
        for count in extent.counts:
            found = gathered.success(results, REACH, learner, count)
            if len(found) > 1:
                each = ", ".join(_cell(share(np.array([found[seed]], float))) for seed in sorted(found))
                rows.append([SAYS[learner], str(count), each, _cell(spread(gathered.stacked(found)[None]))])
    head = ["", "demonstrations", f"success of the seeds {', '.join(map(str, extent.seeds))}", "largest minus smallest"]
    return Table("Spread over training seeds, `reach`", head, rows)


def sizes(results: Results, extent: Extent) -> Table:
    """Error and success by demonstrations, and by size of the network."""
    rows = []
    for learner in LEARNERS:
        places = [(count, MEDIUM) for count in gathered.learned(results, REACH, learner, extent.counts)]
        places += [(extent.base, size) for size in extent.sizes if size != MEDIUM]
        for count, size in places:
            if found := gathered.trainings(results, REACH, learner, count, size):
                error = estimate(gathered.stacked(gathered.errors_mm(results, REACH, learner, count, size)))
                success = share(gathered.stacked(gathered.success(results, REACH, learner, count, size=size)))
                parameters = next(iter(found.values()))["parameters"]
                cells = [f"{parameters:,}", str(len(found)), _millimetres(error), _cell(success)]
                rows.append([SAYS[learner], str(count), size, *cells])
    head = ["", "demonstrations", "network", "parameters", "seeds", "error [mm]", "success"]
    return Table("Held-out error and success, `reach`", head, rows)


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
    for learner in LEARNERS:
        curve = dict(sample_curve(results, learner, extent))
        if curve:
            rows.append([SAYS[learner], *(_cell(curve[c]) if c in curve else "" for c in extent.counts)])
    return Table("Success by number of demonstrations, `reach`", ["", *map(str, extent.counts)], rows)


def sample_curve(results: Results, learner: str, extent: Extent) -> Curve:
    """Success by number of demonstrations."""
    counts = gathered.learned(results, REACH, learner, extent.counts)
    return [(c, share(gathered.stacked(gathered.success(results, REACH, learner, c)))) for c in counts]


def _times(factor: float) -> str:
    return f"x {factor:g}"


def _cell(found: Estimate) -> str:
    return f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f})"


def _millimetres(found: Estimate) -> str:
    return f"{found.mean:.1f} ({found.low:.1f} to {found.high:.1f})"
