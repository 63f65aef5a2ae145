"""The study's claim, page and verdict; imports the study's files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from midp_ros.core.statistics import wilson_interval
from midp_ros.reproduce.study import Figure, Page, Results, Table
from midp_ros.reproduce.why_diffusion.figures import ways_figure
from midp_ros.reproduce.why_diffusion.parts import DEMONSTRATIONS, EXTENTS, START_ONLY, VARIANTS
from midp_ros.reproduce.why_diffusion.scene import SIDES, both_kept, share

CLAIM = """\
Explicit regression averages the modes of demonstrations; implicit and score-based policies keep them.

- Florence et al. 2021: an explicit policy that minimises the squared error interpolates between the modes; an implicit
  one, the argmin of an energy, can represent several, and jumps between them.
- Song et al. 2021: data become noise by a stochastic differential equation (variance-preserving or variance-exploding),
  and samples of the data come back by the reverse one, or by an ordinary one with the same marginals.
- Chi et al. 2023: a diffusion policy expresses multi-modal action distributions. Multi-modality has two sources: a
  stochastic initialisation, which puts the sample into a basin, and stochastic sampling (Langevin dynamics), which
  lets it move between basins.
"""
RUN = """\
The task is `avoid`: the tool passes a post to a goal behind it, left or right, and nothing that is observed says on
which side. Each policy learns the same scripted demonstrations, one training seed. It is then asked in two ways:

- *samples*: 200 chunks for one observation, 10 cm before the post and on its axis. A chunk that passes the post's
  centre within 5 cm leads into it.
- *driven*: closed loop on unseen scenes, reflexes on, 8 of 16 predicted actions executed, no averaging of chunks.

Intervals are Wilson's at 95 %. VP, VE and the squared cosine share network (U-Net, FiLM), steps and sampler;
`cross-attention` is a transformer of another size. *EBM* is an energy of the chunk's principal components, and draws
among the ends of its chains, so that its samples show what it has learned; by default it answers by the least energy.
*Start and steps* are one set of weights, sampled in four ways: DDIM or ancestral (DDPM), from new noise or always from
the same."""
LEARNERS = ("bc_mse", "bc_sde", "bc_mixture", "ebm", "diffusion")
PROCESSES = ("diffusion", "vp", "ve", "attention")
STARTS = (START_ONLY, "both", "steps_only", "neither")
HEAD = ("policy", "samples: left", "into the post", "right", "driven: left", "touched the post", "right", "success")


def page(results: Results, folder: Path, quick: bool) -> Page:
    """See Study."""
    found: list[str | Table | Figure] = []
    groups = (
        ("Learners", LEARNERS, "samples.png"),
        ("Processes and conditioning", PROCESSES, "processes.png"),
        ("Start and steps", STARTS, "starts.png"),
    )
    for title, names, file in groups:
        there = [name for name in names if name in results]
        if not there:
            continue
        named = {_title(name, names): results[name] for name in there}
        panels = {title: result["samples"]["ways_mm"] for title, result in named.items()}
        ways_figure(panels, folder / file, (-110, 110))
        caption = "Chunks from one observation 10 cm before the post, by where they pass it"
        found += [Figure(file, f"{title}: {caption}"), Table(title, HEAD, [_row(*each) for each in named.items()])]
    driven = {VARIANTS[name].title: results[name]["driven"]["ways_mm"] for name in LEARNERS if name in results}
    if DEMONSTRATIONS in results:
        driven = {"demonstrated": results[DEMONSTRATIONS]["ways_mm"], **driven}
    if driven:
        ways_figure(driven, folder / "driven.png", (-200, 200))
        found.append(Figure("driven.png", "The tool's ways on unseen scenes, in closed loop"))
    return Page(_run(results, quick), found, _verdict(results))


def _title(name: str, group: Iterable[str]) -> str:
    """A variant's title; the diffusion policy has one in each group."""
    if name == START_ONLY and group is STARTS:
        return "random start, no other noise"
    if name == "diffusion" and group is PROCESSES:
        return "squared cosine, FiLM"
    return VARIANTS[name].title


def _row(title: str, result: dict[str, Any]) -> list[str]:
    samples, driven = result["samples"], result["driven"]
    total = sum(samples[each] for each in SIDES)
    episodes = driven["episodes"]
    return [
        title,
        *(share(samples[each], total) for each in SIDES),
        *(share(driven[each], episodes) for each in SIDES),
        share(driven["success"], episodes),
    ]


def _run(results: Results, quick: bool) -> str:
    text = RUN
    if DEMONSTRATIONS in results:
        shown = results[DEMONSTRATIONS]
        text += f"\n\nDemonstrations: {shown['left']} left, {shown['right']} right."
    e = EXTENTS[quick]
    return f"{text} {e.steps} training steps of {e.batch} windows, {e.episodes} episodes for each policy."


def _verdict(results: Results) -> str:
    said = []
    if "diffusion" in results and "bc_mse" in results:
        kept_both = all(both_kept(results["diffusion"][how]) for how in ("samples", "driven"))
        touched = results["bc_mse"]["driven"]["post"]
        low, _ = wilson_interval(touched, results["bc_mse"]["driven"]["episodes"])
        averaged = not both_kept(results["bc_mse"]["samples"])
        said.append(f"Diffusion keeps both ways: {_yes(kept_both)}.")
        samples = results["bc_mse"]["samples"]["post"]
        often = share(touched, results["bc_mse"]["driven"]["episodes"])
        said.append(
            f"The squared error keeps neither: {_yes(averaged and low > 0.1)}. Of its 200 samples, {samples} lead into "
            f"the post; in closed loop it touches the post in {often} of the episodes."
        )
    for name in ("bc_sde", "bc_mixture", "ebm", "vp", "ve", "attention", "both", "steps_only", "neither"):
        if name in results:
            kept, driven = (_yes(both_kept(results[name][how])) for how in ("samples", "driven"))
            said.append(f"{VARIANTS[name].title} keeps both ways: {kept} in samples, {driven} driven.")
    kept_by = "A way counts as kept where the lower end of its share's interval is above 10 %."
    return "\n".join([kept_by, "", *(f"- {each}" for each in said)])


def _yes(held: bool) -> str:
    return "yes" if held else "no"
