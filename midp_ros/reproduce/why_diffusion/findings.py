"""The study's claim, page and verdict; imports the study's files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from midp_ros.reproduce.study import Figure, Page, Results, Table
from midp_ros.reproduce.why_diffusion.figures import ways_figure
from midp_ros.reproduce.why_diffusion.parts import DEMONSTRATIONS, EXTENTS, START_ONLY, VARIANTS
from midp_ros.reproduce.why_diffusion.scene import SIDES, kept, share

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
- *driven*: closed loop on unseen scenes, reflexes on, 8 of 16 predicted actions executed, no averaging of chunks. What
  has one answer for each observation may go left in one scene and right in another: the samples alone show modes.

Intervals are Wilson's at 95 %: of other samples and scenes, and not of other trainings. VP, VE and the squared cosine
share network (U-Net, FiLM), training steps, and a sampler of 10 steps, which are spaced alike by their numbers: by
their noise VE's are few where the way is decided (its noise is 2.5 times the signal at one step and 0.13 times two
steps later), so that it is sampled in 40 steps, too. `predictor-corrector` adds steps of Langevin dynamics to VP's
(Song et al. 2021). `cross-attention` is a transformer of another size. *EBM* is an energy of the chunk's principal
components, and draws among the ends of its chains, so that its samples show what it has learned; by default it answers
by the least energy. *Start and steps* are one set of weights, sampled in four ways: DDIM or ancestral (DDPM), from new
noise or always from the same one noise.

Settings of the mixture and of the EBM were chosen on episodes of this task from the same seeds: their success is the
best of several."""
LEARNERS = ("bc_mse", "bc_sde", "bc_mixture", "ebm", "diffusion")
PROCESSES = ("diffusion", "vp", "vp_corrected", "ve", "ve_fine", "attention")
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
    total = _total(samples)
    episodes = driven["episodes"]
    alone = _one_answer(samples)
    return [
        title,
        *(("the one answer" if samples[each] else "") if alone else share(samples[each], total) for each in SIDES),
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


def _one_answer(samples: dict[str, Any]) -> bool:
    """Whether all chunks are the same."""
    ways = samples["ways_mm"]
    return all(way == ways[0] for way in ways)


def _verdict(results: Results) -> str:
    said = []
    if "bc_mse" in results:
        found = results["bc_mse"]
        neither = [f"{_yes(not kept(found[how]))} {where}" for how, where in HOW.items()]
        driven = ", ".join(f"{found['driven'][each]} {WHERE[each]}" for each in SIDES)
        said.append(
            f"The squared error keeps neither way: {', '.join(neither)}. Of its {_total(found['samples'])} samples, "
            f"{found['samples']['post']} lead into the post; of {_total(found['driven'])} scenes it passes {driven}."
        )
    for name in ("diffusion", *(name for name in VARIANTS if name not in ("diffusion", "bc_mse"))):
        if name in results:
            both = [f"{_yes(kept(results[name][how]) == 2)} {where}" for how, where in HOW.items()]
            title = VARIANTS[name].title
            said.append(f"{title[0].upper()}{title[1:]} keeps both ways: {', '.join(both)}.")
    kept_by = "A way counts as kept where the lower end of its share's interval is above 10 %."
    return "\n".join([kept_by, "", *(f"- {each}" for each in said)])


HOW = {"samples": "in samples", "driven": "driven"}
WHERE = {"left": "on the left", "post": "into the post", "right": "on the right"}


def _total(counts: dict[str, Any]) -> int:
    return sum(counts[each] for each in SIDES)


def _yes(held: bool) -> str:
    return "yes" if held else "no"
