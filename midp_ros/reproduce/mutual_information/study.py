"""The study of the mutual-information-regularised diffusion policy: its page; imports core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.bootstrap import Estimate, estimate
from midp_ros.core.statistics import wilson_interval
from midp_ros.reproduce.mutual_information.drawings import draw_chunks, draw_curves, draw_ways
from midp_ros.reproduce.mutual_information.trainings import DENOISING_STEPS, VIDEO, parts
from midp_ros.reproduce.mutual_information.variants import FULL, QUICK, SIZES, VARIANTS, Extent
from midp_ros.reproduce.study import Figure, Page, Results, Study, Table
from midp_ros.reproduce.trials import FIRST_SEED

CLAIM = """\
A diffusion policy over action chunks whose loss also carries a neural lower bound of mutual information (MINE) between
the noisy chunk and the predicted noise, weight 0.01, makes trajectories converge better than the denoising error alone,
and so lets smaller models do as well.
"""
RUN = """\
{tasks}: one recording of the scripted expert each, shared by all. Networks: {sizes}; {steps} steps of {batch}
windows, training seeds {seeds}; {episodes} episodes on the stand-in with reflexes on, seeds from {first}, the same for
all.

| loss | what it is |
|---|---|
| `none` | the denoising error |
| `published` | minus 0.01 times MINE's bound between noisy chunk and predicted noise |
| `price` | plus 0.03 times the information on past observations that reaches the network: what this project ships |

The claim holds where the published form is better than none at each size, and a smaller network with it no more than
{margin:g} of success worse than the next larger one without.

`midp experiment config/experiments/mutual_information_grid.yaml` is the long form, on Push-T and `pick`: up to 3.6 M
parameters and twelve seeds (docs/results/mutual_information_grid); docs/mutual_information.md derives the losses.
"""
REREAD = """\
**The authors' own curves, reread** (docs/results/published_curves): five trainings with the regulariser end at 0.089,
five without at 0.072 (mean of the last hundred steps of the raw curves), and one of those with it is negative in
places, which no error can be.
"""


def page(results: Results, folder: Path, quick: bool) -> Page:
    """See Study."""
    extent = QUICK if quick else FULL
    places = [(task, size) for task in extent.tasks for size in extent.sizes]
    places = [place for place in places if any(name.startswith("-".join(place)) for name in results)]
    found: list[str | Table | Figure] = [Table("", HEAD, [row for place in places for row in _rows(results, *place)])]
    draw_curves(results, places, folder / "curves.png")
    caption = "Denoising error on the demonstrations (in the table: at the end); a line for each training seed."
    found.append(Figure("curves.png", caption))
    drawn = {name: result for name, result in results.items() if result["chunks"]}
    for task in extent.tasks:
        own = {name: result for name, result in drawn.items() if name.startswith(f"{task}-")}
        if not own:
            continue
        draw_chunks(own, folder / f"chunks-{task}.png")
        found.append(
            Figure(
                f"chunks-{task}.png",
                f"`{task}`: a demonstrated chunk on its way to noise (first row), and twelve chunks on the way back in "
                f"{DENOISING_STEPS} steps, beside the demonstrated one (dashed); x over y [m].",
            )
        )
        draw_ways(own, folder / f"ways-{task}.png")
        found.append(Figure(f"ways-{task}.png", f"`{task}`: ways of the tool, from above; cross: no success."))
        if (folder / f"{task}-{VIDEO}").exists():
            found.append(Figure(f"{task}-{VIDEO}", f"`{task}`: an episode of the policy with the price on the past."))
    found.append(REREAD)
    return Page(_run(extent), found, _verdict(results, extent))


MARGIN = 0.05  # of success, by which a smaller network may be worse and count as being as good
HEAD = ("task", "size", "loss", "success (95 %)", "against none", "error", "bound [nat]", "path [m]")


def _run(extent: Extent) -> str:
    tasks = ", ".join(f"`{task}`, {count} demonstrations" for task, count in extent.tasks.items())
    sizes = ", ".join(f"{size} (U-Net {SIZES[size]['channels']})" for size in extent.sizes)
    seeds = ", ".join(map(str, extent.seeds))
    return RUN.format(
        tasks=tasks, sizes=sizes, seeds=seeds, steps=extent.steps, batch=extent.batch, episodes=extent.episodes,
        first=FIRST_SEED, margin=MARGIN,
    )  # fmt: skip


def _of(results: Results, task: str, size: str, variant: str) -> dict[str, Any]:
    begins = f"{task}-{size}-{variant}-"
    return {name.removeprefix(begins): result for name, result in results.items() if name.startswith(begins)}


def _success(seeds: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Share of success and its interval over seeds and episodes; of one seed alone, Wilson's."""
    if len(seeds) == 1:
        return float(np.mean(seeds)), *wilson_interval(int(sum(seeds[0])), len(seeds[0]))
    found = estimate(np.array(seeds))
    return found.mean, found.low, found.high


def _difference(own: Mapping[str, Any], base: Mapping[str, Any]) -> Estimate | None:
    both = [seed for seed in own if seed in base]
    values = [np.subtract(own[seed]["success"], base[seed]["success"]) for seed in both]
    return estimate(np.array(values)) if both else None


def _rows(results: Results, task: str, size: str) -> list[list[str]]:
    rows, base = [], _of(results, task, size, "none")
    for variant in VARIANTS:
        own = _of(results, task, size, variant)
        if not own:
            continue
        mean, low, high = _success([r["success"] for r in own.values()])
        compared = _difference(own, base) if variant != "none" else None
        bounds = [r["bound"][-1] for r in own.values() if r["bound"][-1] is not None]
        rows.append(
            [
                task,
                size,
                variant,
                f"{mean:.2f} ({low:.2f} to {high:.2f})",
                compared.signed if compared else "",
                f"{np.mean([r['error'][-1] for r in own.values()]):.4f}",
                f"{np.mean(bounds):.0f}" if bounds else "",
                f"{np.mean([r['path_m'] for r in own.values()]):.3f}",
            ]
        )
    return rows


def _verdict(results: Results, extent: Extent) -> str:
    lines, helps = [], []
    for variant, what in (("published", "The published form"), ("price", "The price on the past")):
        for task in extent.tasks:
            for ours, base in _sizes(extent):
                own = _of(results, task, ours, variant)
                if compared := _difference(own, _of(results, task, base, "none")):
                    said, sign = _word(compared, ours == base)
                    about = f"{what} on `{task}`, {ours}, is {said} no regulariser, {base}"
                    lines.append(f"- {about}: {compared.signed}.")
                    helps += [sign] if variant == "published" else []
    total = len(extent.tasks) * len(_sizes(extent))
    if len(helps) < total or any(f"{name}-{seed}" not in results for name in _names(extent) for seed in extent.seeds):
        lines.append("The claim is open: not all trainings are done.")
    elif min(helps) > 0:
        lines.append("The claim holds here.")
    else:
        lines.append(f"The claim {'holds in part' if max(helps) > 0 and min(helps) >= 0 else 'does not hold'} here.")
    return "\n".join(lines)


def _sizes(extent: Extent) -> list[tuple[str, str]]:
    """Sizes that are compared: the regularised network's, and the plain one's, which is as large or the next larger."""
    same = [(size, size) for size in extent.sizes]
    return [*same, *zip(extent.sizes, extent.sizes[1:], strict=False)]


def _names(extent: Extent) -> list[str]:
    """Of the trainings that the claim is about, without their seeds."""
    return [f"{task}-{size}-{v}" for task in extent.tasks for size in extent.sizes for v in ("none", "published")]


def _word(compared: Estimate, same_size: bool) -> tuple[str, int]:
    """What a difference says: 1 for the claim, -1 against it. A smaller network shall be no worse, by MARGIN."""
    if compared.sign:
        return "better than" if compared.sign > 0 else "worse than", compared.sign
    if not same_size and compared.low > -MARGIN:
        return f"as good as (within {MARGIN:g})", 1
    return "not distinguished from", 0


STUDY = Study(
    "mutual_information",
    "Mutual information",
    "the mutual-information-regularised diffusion policy that this project is named after; MINE: Belghazi et al. 2018",
    CLAIM,
    parts,
    page,
)
