"""The study's page: tables, figures and the verdict; imports the study's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.bootstrap import estimate
from midp_ros.reproduce.franka_imitation.figures import (
    FOLLOWED,
    LOSSES,
    MOVING,
    followed_animation,
    followed_figure,
    losses_figure,
)
from midp_ros.reproduce.franka_imitation.following import DRAWINGS
from midp_ros.reproduce.franka_imitation.pairs import HIGH_M, LOW_M, TOLERANCE
from midp_ros.reproduce.franka_imitation.parts import (
    ACTED,
    FOLLOWERS,
    GAIL,
    RECIPE_PAIRS,
    RECIPES,
    SEED,
    SEEDS,
    UNSEEN,
    WEIGHTS,
    clone,
)
from midp_ros.reproduce.franka_imitation.recipe import TEXT_EPOCHS, TEXT_S
from midp_ros.reproduce.study import Figure, Page, Results, Table

CLAIM = f"""\
A perceptron 3-128-256-128-7 with ReLU learns inverse kinematics from a solver's pairs of positions and joints (mean
squared error, Adam, 1e-3, {TEXT_EPOCHS:,} epochs) in {TEXT_S} s. With it a Franka arm follows trajectories that were
drawn. Imitation by behaviour cloning gains from a loss term over a diffusion process (an SDE).
"""
MEAN_MM, P99_MM, FOLLOWED_MM = 5.0, 15.0, 5.0  # the bars of this project


def page(results: Results, folder: Path, quick: bool) -> Page:
    """See Study."""
    found: list[str | Table | Figure] = []
    recipes = {name: results[name] for name in RECIPES if name in results}
    accuracy = [_accuracy(RECIPES[name][0], result) for name, result in recipes.items()]
    if "ik_net" in results:
        accuracy.append(_accuracy("`ik_net`, as `midp train` trains it", results["ik_net"]))
    if accuracy:
        head = ["network", "mean [mm]", "99th percentile [mm]", "worst [mm]", "training [s]"]
        found.append(Table(f"Distance of the tool to where it is sent, on {UNSEEN:,} unseen points", head, accuracy))
    if recipes:
        losses_figure({RECIPES[name][0]: result["curve"] for name, result in recipes.items()}, TEXT_S, folder)
        found.append(Figure(LOSSES, "The loss of each recipe by time, on the pairs that are learned"))
    names = {"solver": "IK solver", "ik_net": "ik_net", **{name: title for name, (title, *_) in FOLLOWERS.items()}}
    followed = {title: results[name]["followed"] for name, title in names.items() if name in results}
    if followed:
        head = ["followed by", "drawing", "mean [mm]", "worst [mm]", "time [s]", "reflexes", "whole path"]
        found.append(Table("Drawings of 20 cm, on the stand-in", head, _following_rows(followed)))
        followed_figure(followed, folder)
        followed_animation(followed, folder)
        found.append(Figure(FOLLOWED, "Each drawing, and the tool's place at each control step, from behind the arm"))
        found.append(Figure(MOVING, "The same while it is followed, each at the same share of its own duration"))
    if len(by_weight := _by_weight(results)) > 1:
        found.append(_weights_table(by_weight))
    return Page(_what_was_run(quick), found, _verdict(results))


def _accuracy(name: str, result: dict[str, Any]) -> list[str]:
    return [name, *(f"{result[key]:.2f}" for key in ("mean_mm", "p99_mm", "worst_mm")), f"{result['seconds']:.1f}"]


def _following_rows(followed: dict[str, Any]) -> list[list[str]]:
    rows = []
    for name, drawings in followed.items():
        for drawing, r in drawings.items():
            figures_ = [f"{r['mean_mm']:.1f}", f"{r['worst_mm']:.1f}", f"{r['seconds']:.1f}", str(r["reflexes"])]
            rows.append([name, drawing, *figures_, "yes" if r["success"] else r["failure"]])
    return rows


QUICK = "The quick form: fewer pairs, epochs, demonstrations and training steps.\n\n"
RUN = """\
- **Pairs**: positions drawn evenly from the box from ({low}) m to ({high}) m before the arm, and the joints (FR3,
  pinocchio, Levenberg-Marquardt, tolerance {tolerance:g} m). The tool points straight down, always turned the same way,
  and the solver starts from the ready pose each time, so that the mapping is a function. How many pairs the text has is
  not known here.
- **Recipes**: the text's network and optimiser on {pairs:,} pairs, the whole set as one batch, so that an epoch is one
  step. Seed {seed}.
- **`ik_net`**: the same network as a learner, by `midp train`'s loop: normalised to [-1, 1], batches of 256, a rate
  that falls to 0, a moving average of the weights; exported to ONNX, and measured there.
- **Error**: distance by forward kinematics (pinocchio) from where the tool is sent to where the joints bring it.
- **Drawings**: square, circle and freehand of 20 cm, 15 cm over the table; one episode each on the stand-in, position
  interface, reflexes on, commands shaped as in the policy's node. Solver and network lead the tool for 0.4 s each at
  5 cm/s to a goal that runs 3 cm ahead on the drawing: corners and small loops are cut, by both. The other policies
  learned `trace` from the scripted expert's demonstrations of random paths, at its speed; none has seen a drawing.
  They execute 2 of 8 predicted steps (0.2 s): with the contract's 8 of 16, they go on for longer than the 3 cm that
  they see. The mean is over the tool's way. Each is one training and one episode for each drawing, but for BC with and
  without the SDE term: three trainings, in the whole study at several weights, with 95 % intervals over seeds and
  drawings.
- **GAIL** acts while it learns, in the arm's kinematics without physics, after 1,000 steps of behaviour cloning;
  {acted:,} control steps. It decides each control step anew."""


def _what_was_run(quick: bool) -> str:
    low, high = (", ".join(f"{x:g}" for x in corner) for corner in (LOW_M, HIGH_M))
    acted = ACTED[quick] * GAIL["learner"]["rollout"]
    run = RUN.format(low=low, high=high, tolerance=TOLERANCE, pairs=RECIPE_PAIRS, seed=SEED, acted=acted)
    return (QUICK if quick else "") + run


def _verdict(results: Results) -> str:
    lines = []
    if "recipe_text" in results:
        r = results["recipe_text"]
        lines.append(
            f"- The text's recipe {_judged(r)} a mean of {MEAN_MM:g} mm and a 99th percentile of {P99_MM:g} mm: it has "
            f"{_both(r)}, after {r['seconds']:.0f} s here (the text: {TEXT_S} s)."
        )
    if "recipe_normalised" in results:
        r = results["recipe_normalised"]
        both = f"; with a rate that decays besides, {_both(results['recipe_both'])}" if "recipe_both" in results else ""
        lines.append(
            f"- With normalised values and otherwise as the text states it, the same network on the same pairs "
            f"{_judged(r)} them: {_both(r)}{both}."
        )
    if "ik_net" in results:
        r = results["ik_net"]
        lines.append(f"- `ik_net` {_judged(r)} these bars: {_both(r)}, after {r['seconds']:.0f} s of training.")
        ways = r["followed"].values()
        means, reflexes = [way["mean_mm"] for way in ways], sum(way["reflexes"] for way in ways)
        holds = max(means) <= FOLLOWED_MM and not reflexes and all(way["success"] for way in ways)
        lines.append(
            f"- That the arm follows drawings with it {'holds' if holds else 'does not hold'} here: mean errors of "
            f"{min(means):.1f} to {max(means):.1f} mm (bar: {FOLLOWED_MM:g} mm), {reflexes} reflexes."
        )
    for name in FOLLOWERS:
        if name in results:
            means = [way["mean_mm"] for way in results[name]["followed"].values()]
            whole = sum(way["success"] for way in results[name]["followed"].values())
            lines.append(
                f"- {FOLLOWERS[name][0]}, from demonstrations of other paths: {whole} of {len(means)} drawings passed "
                "as task `trace` asks (whole, with a mean below 5 mm), mean errors of "
                f"{min(means):.1f} to {max(means):.1f} mm."
            )
    lines += _sde_verdict(_by_weight(results))
    return "\n".join(lines) or "None: the parts that it rests on are not done."


def _by_weight(results: Results) -> dict[float, dict[int, list[float]]]:
    """Mean error [mm] of each drawing, by weight of the SDE term and training seed."""
    found: dict[float, dict[int, list[float]]] = {}
    for weight in WEIGHTS:
        for seed in SEEDS:
            if result := results.get(clone(weight, seed)):
                ways = result["followed"].values()
                found.setdefault(weight, {})[seed] = [way["mean_mm"] for way in ways]
    return found


def _sde_verdict(by_weight: dict[float, dict[int, list[float]]]) -> list[str]:
    """The term at each weight against none, of the same seeds and drawings."""
    lines, signs, without = [], [], by_weight.get(0.0, {})
    for weight, own in by_weight.items():
        seeds = sorted(set(own) & set(without))
        if weight == 0 or not seeds:
            continue
        found = estimate(np.array([np.subtract(own[seed], without[seed]) for seed in seeds]))
        signs.append(-found.sign if len(seeds) > 1 else 0)
        word = {1: "less", 0: "not distinguished", -1: "more"}[signs[-1]]
        interval = f"({found.low:+.2f} to {found.high:+.2f})" if len(seeds) > 1 else "(one training each)"
        lines.append(
            f"- The SDE term of weight {weight:g} changes the mean error of behaviour cloning by {found.mean:+.2f} mm "
            f"{interval}: {word}."
        )
    if len(signs) == len(WEIGHTS) - 1 and all(len(own) == len(SEEDS) for own in by_weight.values()):
        word = "holds at one weight or more" if max(signs) > 0 else "is not shown"
        lines.append(f"- That behaviour cloning gains from the SDE term {word} here.")
    return lines


def _weights_table(by_weight: dict[float, dict[int, list[float]]]) -> Table:
    rows = []
    for weight, own in by_weight.items():
        each = ", ".join(f"{np.mean(own[seed]):.2f}" for seed in sorted(own))
        by_drawing = [f"{mean:.2f}" for mean in np.mean(list(own.values()), axis=0)]
        rows.append([f"{weight:g}" if weight else "none (BC)", *by_drawing, each])
    head = ["weight of the SDE term", *(f"{drawing} [mm]" for drawing in DRAWINGS), "mean of the seeds [mm]"]
    return Table("Mean error of behaviour cloning by weight of the SDE term", head, rows)


def _judged(result: dict[str, Any]) -> str:
    return "meets" if result["mean_mm"] <= MEAN_MM and result["p99_mm"] <= P99_MM else "misses"


def _both(result: dict[str, Any]) -> str:
    return f"{result['mean_mm']:.1f} and {result['p99_mm']:.1f} mm"
