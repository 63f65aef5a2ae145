"""Whether each of the five claims holds, from the figures alone; imports the study's files.

A claim is about what the text recommends (diffusion policy, DRAIL) beside what it is compared with (BC, GAIL): each
pair of them is one comparison, as far as both have been trained. Scalability is about what it recommends alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from midp_ros.reproduce.diffusion_imitation import gathered
from midp_ros.reproduce.diffusion_imitation.cases import Case, cases
from midp_ros.reproduce.diffusion_imitation.compared import (
    OPEN,
    Compared,
    Verdict,
    difference,
    spread_difference,
    together,
)
from midp_ros.reproduce.diffusion_imitation.extent import AVOID, BC, MEDIUM, OTHERS, OURS, REACH, Extent
from midp_ros.reproduce.study import Results

SAYS = {"diffusion": "diffusion policy", "bc": "BC", "gail": "GAIL", "drail": "DRAIL"}
Place = tuple[int, str]  # demonstrations, size of the network
PAIRS = [(ours, other) for ours in OURS for other in OTHERS]


def generalisation(results: Results, extent: Extent) -> Verdict:
    """More success on widened starts, and less lost by widening: both, for a difference to count."""
    compared = Compared(extent)
    for task, count, factors in extent.widened:
        for ours, other in PAIRS:
            wide, usual = (
                [
                    gathered.mean_of([gathered.success(results, task, each, count, factor) for factor in some])
                    for each in (ours, other)
                ]
                for some in (factors[1:], factors[:1])
            )
            if not (set(wide[0]) & set(wide[1])):
                continue
            mine, its, my_usual, its_usual = together(*wide, *usual)
            better, kept = difference(mine, its), difference(mine - my_usual, its - its_usual)
            compared.add(task, ours, other, better.sign if better.sign == kept.sign else 0)
            already = {1: "better", -1: "worse"}.get(better.sign if kept.sign == 0 else 0)
            word = f"{already}, as it is on usual starts" if already else compared.word()
            compared.say(
                f"`{task}`, {_pair(ours, other)}: {better.signed} success on widened starts; "
                f"{kept.signed} in how it changes by widening: {word}."
            )
    return compared.verdict()


def stability(results: Results, extent: Extent) -> Verdict:
    """A smaller spread over seeds, unless it comes with less success: what always fails is steady, too."""
    compared = Compared(extent)
    for task, learned in extent.by_count:
        for ours, other in PAIRS:
            counts, values = [], []
            for count in learned:
                found = [gathered.success(results, task, each, count) for each in (ours, other)]
                if len(set(found[0]) & set(found[1])) == len(extent.seeds) > 1:
                    counts.append(count)
                    values.append(together(*found))
            if not counts:
                continue
            mine, its = (np.stack(each) for each in zip(*values, strict=True))  # (counts, seeds, episodes)
            wider, better = spread_difference(mine, its), difference(mine.mean(axis=0), its.mean(axis=0))
            compared.add(task, ours, other, 0 if wider.sign == better.sign else -wider.sign)
            compared.say(
                f"`{task}`, {_pair(ours, other)}, {_counts(counts)}: {wider.signed} in spread, {better.signed} in "
                f"success: {compared.word('steadier', 'less steady')}."
            )
    return compared.verdict()


def scalability(results: Results, extent: Extent) -> Verdict:
    """More success and a smaller error with more data, and with a larger network; BC is beside it."""
    compared, beside = Compared(extent), False
    for learner in (*OURS, BC):
        for task, least, most in _grown(results, learner, extent):
            few, many = (gathered.success(results, task, learner, count, size=size) for count, size in (least, most))
            if not set(few) & set(many):
                continue
            wrong, right = (gathered.errors_mm(results, task, learner, *place) for place in (least, most))
            gained, erred = difference(*together(many, few)), difference(*together(right, wrong))
            beside |= learner == BC and gained.sign > 0
            if learner in OURS:
                compared.add(task, learner, learner, gained.sign)
                compared.add(task, learner, learner, -erred.sign)
            compared.say(
                f"`{task}`, {SAYS[learner]}, from {_place(least)} to {_place(most)}: {gained.signed} in success, "
                f"{erred.mean:+.1f} mm ({erred.low:+.1f} to {erred.high:+.1f}) in error."
            )
    if beside:
        compared.lines.append("BC gains by growing, too.")
    return compared.verdict()


def exploration(results: Results, extent: Extent) -> Verdict:
    """Both ways past the post of one scene, in more of the scenes."""
    compared = Compared(extent)
    found = {each: gathered.both_sides(results, each, extent.shown) for each in SAYS}
    for ours, other in PAIRS:
        if set(found[ours]) & set(found[other]):
            more = difference(*together(found[ours], found[other]))
            compared.add(AVOID, ours, other, more.sign)
            compared.say(f"{_pair(ours, other)}: {more.signed} in scenes with both ways: {compared.word()}.")
    return compared.verdict()


def samples(results: Results, extent: Extent) -> Verdict:
    """More success from fewer demonstrations than the most, in the mean."""
    compared = Compared(extent)
    for task, counts in extent.by_count:
        for ours, other in PAIRS:
            pair = ours, other
            few = [c for c in counts[:-1] if all(gathered.success(results, task, each, c) for each in pair)]
            both = [gathered.mean_of([gathered.success(results, task, each, c) for c in few]) for each in pair]
            if few and set(both[0]) & set(both[1]):
                better = difference(*together(*both))
                compared.add(task, ours, other, better.sign)
                compared.say(
                    f"`{task}`, {_pair(ours, other)}, mean of {_counts(few)}: {better.signed} success: "
                    f"{compared.word()}."
                )
    return compared.verdict()


CLAIMS: dict[str, Callable[[Results, Extent], Verdict]] = {
    "Generalisation": generalisation,
    "Stability": stability,
    "Scalability": scalability,
    "Exploration": exploration,
    "Sample efficiency": samples,
}


CONCERNS: dict[str, Callable[[Case], bool]] = {
    "Generalisation": lambda case: len(case.factors) > 1,
    "Stability": lambda case: case.task != AVOID and case.size == MEDIUM,
    "Scalability": lambda case: case.task != AVOID and case.learner in (*OURS, BC),
    "Exploration": lambda case: case.task == AVOID,
    "Sample efficiency": lambda case: case.task != AVOID and case.size == MEDIUM,
}


def verdict_so_far(claim: str, results: Results, extent: Extent) -> Verdict:
    """What became of a claim; while trainings that concern it are not done, it is open."""
    found = CLAIMS[claim](results, extent)
    concerned = [case for case in cases(extent) if CONCERNS[claim](case)]
    done = sum(case.name in results for case in concerned)
    if done == len(concerned) or found.word == OPEN:
        return found
    return replace(found, word=f"{OPEN}: {done} of {len(concerned)} trainings are done; so far it {found.word}")


def _grown(results: Results, learner: str, extent: Extent) -> list[tuple[str, Place, Place]]:
    """Where it has learned from the least and from the most, and with the smallest network and with the largest."""
    found: list[tuple[str, list[Place]]] = [
        (task, [(count, MEDIUM) for count in gathered.learned(results, task, learner, counts)])
        for task, counts in extent.by_count
    ]
    sized = [size for size in extent.sizes if gathered.trainings(results, REACH, learner, extent.base, size)]
    found.append((REACH, [(extent.base, size) for size in sized]))
    return [(task, places[0], places[-1]) for task, places in found if len(places) > 1]


def _place(place: Place) -> str:
    return f"{place[0]} demonstrations, `{place[1]}`"


def _pair(ours: str, other: str) -> str:
    return f"{SAYS[ours]} against {SAYS[other]}"


def _counts(counts: list[int]) -> str:
    return f"{', '.join(map(str, counts))} demonstrations"
