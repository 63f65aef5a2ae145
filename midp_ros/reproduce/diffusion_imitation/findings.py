"""The study's page; imports the study's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from midp_ros.reproduce.diffusion_imitation import figures, pictures, tables
from midp_ros.reproduce.diffusion_imitation.extent import Extent, extent_of
from midp_ros.reproduce.diffusion_imitation.texts import what_was_run
from midp_ros.reproduce.diffusion_imitation.verdicts import CLAIMS, verdict_so_far
from midp_ros.reproduce.study import Figure, Page, Results, Table

Draw = Callable[[Results, Extent, Path], object]


def page(results: Results, folder: Path, quick: bool) -> Page:
    """See Study."""
    extent = extent_of(quick)
    verdicts = {claim: verdict_so_far(claim, results, extent) for claim in CLAIMS}
    found: list[str | Table | Figure] = []
    for number, (claim, (table, draw, caption)) in enumerate(PARTS.items(), 1):
        shown = table(results, extent)
        found.append(f"### {number}. {claim}: {verdicts[claim].word}")
        if shown.rows:
            file = f"{claim.lower().replace(' ', '_')}.png"
            draw(results, extent, folder / file)
            found += [shown, Figure(file, caption)]
        found.append("\n".join(f"- {line}" for line in verdicts[claim].lines) or "Not enough is done to compare.")
    if pictures.draw_rewards(results, extent, folder / "rewards.png"):
        found += ["### What the judges reward", Figure("rewards.png", REWARDS)]
    words = "\n".join(f"- {claim} {verdict.word}." for claim, verdict in verdicts.items())
    return Page(what_was_run(extent, quick), found, words)


REWARDS = (
    "Left: success of the policies' own noisy steps while they learn. Then, at each place of a plane through a goal of "
    "`reach`: reward of the step to the goal minus that of the step away from it. Blue: the judge draws the policy to "
    "the goal."
)
PARTS: dict[str, tuple[Callable[[Results, Extent], Table], Draw, str]] = {
    "Generalisation": (
        tables.widened,
        figures.draw_widened,
        "Success by how far starts and goals are widened; dotted: the expert.",
    ),
    "Stability": (tables.seeds, figures.draw_seeds, "Success, a mark with its interval for each seed."),
    "Scalability": (tables.sizes, figures.draw_sizes, "Error on held-out demonstrations of `reach`."),
    "Exploration": (
        tables.ways,
        pictures.draw_ways,
        "Ways of the tool in different scenes, from above, as the post sees them; the tool comes from below.",
    ),
    "Sample efficiency": (tables.samples, figures.draw_samples, "Success by number of demonstrations."),
}
