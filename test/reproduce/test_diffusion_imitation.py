"""`midp reproduce diffusion_imitation`: its trainings, its verdicts both ways, its page, and a part from end to end."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from midp_ros.core.seams import STUDIES
from midp_ros.learning.config import TrainConfig
from midp_ros.reproduce.diffusion_imitation import parts as module
from midp_ros.reproduce.diffusion_imitation.cases import Case, cases
from midp_ros.reproduce.diffusion_imitation.compared import (
    EVEN,
    FAILS,
    HOLDS,
    OPEN,
    PARTLY,
    judged,
    spread,
    spread_difference,
)
from midp_ros.reproduce.diffusion_imitation.extent import FULL, QUICK, Extent
from midp_ros.reproduce.diffusion_imitation.findings import page
from midp_ros.reproduce.diffusion_imitation.measured import OtherNoise
from midp_ros.reproduce.diffusion_imitation.parts import EXPERT, parts
from midp_ros.reproduce.diffusion_imitation.verdicts import CLAIMS, verdict_so_far
from midp_ros.reproduce.study import Figure, Table

GOOD, BAD = "diffusion", "bc"
FINISHED = {"gail": 150, "drail": 150}
LEARNED = {"counts": (2, 50), "base": 50, "repeated": (2, 50), "seeds": (0, 1, 2), "avoid_seeds": (0,)}
EXTENT = replace(QUICK, rollouts=FINISHED, avoid_acting=150, **LEARNED)
WITH_PICK = replace(EXTENT, pick_counts=(2, 50), pick_steps=3, pick_batch=8, pick_factors=(1.0, 1.5))


def episodes(successes: float, total: int = 40) -> list[int]:
    return [int(k < round(successes * total)) for k in range(total)]


def made_up(case: Case, usual: float = 1.0, widest: float | None = None, error_mm: float = 5.0) -> dict:
    """A training's result: success on usual starts, which falls evenly to that on the widest."""
    widest = usual if widest is None else widest
    success = {f"{f:g}": episodes(usual + (widest - usual) * (f - 1)) for f in case.factors}
    result = {"parameters": {"small": 1000, "medium": 4000}[case.size], "train_s": 1.0, "success": success}
    result["error_mm"] = [error_mm + 0.1 * k for k in range(10)]
    if case.task == "avoid":
        way = {"side": "left", "way_mm": [[60, -100], [80, 0], [0, 100]]}
        scene = ["left", "right", "none"] if case.learner == GOOD else ["none", "left", "left"]
        result |= {"sides": ["left", "right"] * 20, "in_scenes": [scene] * 8, "ways_mm": [way] * 3}
    if case.learner in ("gail", "drail"):
        result["exploring"] = {"control_steps": [4096, 8192], "success": [None, 0.5]}
        result["map"] = np.outer(np.linspace(-1, 1, 41), np.ones(41)).tolist()
    return result


def everything(good: dict | None = None, bad: dict | None = None, extent: Extent = EXTENT) -> dict:
    """All parts; what distinguishes the diffusion policy and BC."""
    found = {}
    for case in cases(extent):
        changes = {GOOD: good, BAD: bad}.get(case.learner) or {}
        found[case.name] = made_up(case, **changes)
        if case.count == 2 or case.size == "small":
            found[case.name]["error_mm"] = [error + 10 for error in found[case.name]["error_mm"]]
    for task, _, factors in extent.widened:
        found[f"{task}-{EXPERT}"] = {"success": {f"{f:g}": episodes(1.0) for f in factors}}
    return found


def of(learners: tuple[str, ...], results: dict) -> dict:
    return {name: one for name, one in results.items() if name.split("-")[1] in learners}


@pytest.mark.parametrize("quick", [True, False])
def test_every_part_has_a_name_and_a_training_configuration_of_its_own(quick):
    found = STUDIES.load("diffusion_imitation").parts(quick)
    assert len({part.name for part in found}) == len(found)
    for part in found:
        if EXPERT not in part.name:
            TrainConfig.from_dict({"name": "x", "data": "x", **part.settings["training"]})
    texts = [json.dumps(part.settings, sort_keys=True) for part in found if EXPERT not in part.name]
    assert len(set(texts)) == len(texts)


def test_the_quick_form_shows_what_it_stops_early_and_does_not_widen_its_starts():
    found = {case.learner: case for case in cases(QUICK) if case.mapped}
    assert set(found) == {"gail", "drail"} and all(case.factors == (1.0,) for case in found.values())
    assert any(case.learner == GOOD and len(case.factors) > 1 for case in cases(QUICK))


def test_the_whole_form_trains_all_and_widens_as_the_text_does():
    names = [case.name for case in cases(FULL)]
    every = {(n, s) for n in FULL.counts for s in (0, 1, 2)}
    acting = {(n, 0) for n in FULL.acting} | {(FULL.base, s) for s in (0, 1, 2)}
    for learner, some in (("diffusion", every), ("bc", every), ("gail", acting), ("drail", acting)):
        learned = {(case.count, case.seed) for case in cases(FULL) if case.name.startswith(f"reach-{learner}-medium")}
        assert learned == some and f"avoid-{learner}-medium-300-0" in names
    assert len([case for case in cases(FULL) if case.mapped]) == 6, "reward maps of both judges over three seeds"
    widened = [case for case in cases(FULL) if len(case.factors) > 1 and case.task == "reach"]
    assert len(widened) == 12 and {case.factors for case in widened} == {(1.0, 1.25, 1.5, 1.75, 2.0)}
    picked = {(case.learner, case.count, case.seed) for case in cases(FULL) if case.task == "pick"}
    assert picked == {(learner, n, s) for learner in (GOOD, BAD) for n in FULL.pick_counts for s in (0, 1, 2)}
    assert {case.count for case in cases(FULL) if case.task == "pick" and len(case.factors) > 1} == {200}


@pytest.mark.parametrize(
    ("signs", "word"), [([], OPEN), ([1, 1], HOLDS), ([1, 0], PARTLY), ([1, -1], PARTLY), ([0, -1], FAILS), ([0], EVEN)]
)
def test_a_claim_follows_from_its_comparisons(signs, word):
    assert judged(signs) == word


def test_a_spread_is_that_between_seeds_and_not_that_of_the_episodes():
    same = np.array([[episodes(0.5), episodes(0.5), episodes(0.5)[::-1]]], float)
    apart = np.array([[episodes(1.0), episodes(0.5), episodes(0.0)]], float)
    assert spread(same).mean == spread(same).low == 0 < spread(same).high < 0.5
    assert spread(apart).mean == 1
    found = spread_difference(same, apart)
    assert found.mean == -1 and found.high < 0


def word(claim: str, results: dict, learners: tuple[str, ...] = (GOOD, BAD)) -> str:
    return CLAIMS[claim](of(learners, results), EXTENT).word


def test_generalisation_is_what_widening_costs_and_not_what_is_missing_anyway():
    less = {"usual": 1.0, "widest": 0.1}
    assert word("Generalisation", everything(bad=less)) == HOLDS
    assert word("Generalisation", everything(good=less)) == FAILS
    assert word("Generalisation", everything()) == EVEN
    assert word("Generalisation", everything(bad={"usual": 0.3, "widest": 0.3})) == EVEN
    found = CLAIMS["Generalisation"](of((GOOD, BAD), everything(good={"usual": 0.3, "widest": 0.3})), EXTENT)
    assert found.word == EVEN and found.lines[0].endswith("worse, as it is on usual starts.")
    assert word("Generalisation", everything(), (GOOD,)) == OPEN


def test_stability_is_a_small_spread_but_not_of_failures():
    def unsteady(learner, others):
        results = everything(bad={"usual": others}) if learner == GOOD else everything(good={"usual": others})
        for seed, share in ((1, 0.4), (2, 0.7)):
            for count in (2, 50):
                results[f"reach-{learner}-medium-{count}-{seed}"]["success"]["1"] = episodes(share)
        return results

    assert word("Stability", unsteady(BAD, 1.0)) == HOLDS
    assert word("Stability", unsteady(GOOD, 1.0)) == FAILS
    assert word("Stability", unsteady(GOOD, 0.0)) == EVEN, "less steady, and better"
    assert word("Stability", unsteady(BAD, 0.0)) == EVEN, "what always fails is steady, too"
    assert word("Stability", everything()) == EVEN


def test_scalability_is_success_and_error_of_what_the_text_speaks_for():
    results = everything()
    assert word("Scalability", results) == PARTLY, "the error falls, and success is at its end"
    for name, one in results.items():
        if "-50-" in name and "medium" in name:
            one["error_mm"] = [99.0] * 10
    assert word("Scalability", results) == FAILS
    apart = {name: results[name] for name in ("reach-diffusion-medium-2-0", "reach-diffusion-medium-50-1")}
    assert word("Scalability", apart) == OPEN, "no seed has learned from both"
    growing = everything()
    for name, one in growing.items():
        if "-2-" in name or "small" in name:
            one["success"]["1"] = episodes(0.2)
    assert word("Scalability", growing) == HOLDS


def test_exploration_is_both_ways_in_one_scene():
    results = everything()
    assert word("Exploration", results) == HOLDS
    ours, other = (f"avoid-{learner}-medium-{EXTENT.shown}-0" for learner in (GOOD, BAD))
    results[ours]["in_scenes"], results[other]["in_scenes"] = results[other]["in_scenes"], results[ours]["in_scenes"]
    assert word("Exploration", results) == FAILS
    results[ours]["in_scenes"] = results[other]["in_scenes"]
    assert word("Exploration", results) == EVEN


def test_what_is_not_trained_to_its_end_is_said_and_does_not_count():
    results = everything(bad={"usual": 1.0, "widest": 0.1})
    found = CLAIMS["Generalisation"](of(("drail", "gail", BAD), results), EXTENT)
    assert found.word == PARTLY and not any("does not count" in line for line in found.lines)
    stopped = replace(EXTENT, rollouts={"gail": 60, "drail": 20})
    found = CLAIMS["Generalisation"](of(("drail", BAD), results), stopped)
    assert found.word == OPEN
    assert len(found.lines) == 1 and found.lines[0].endswith("better. It does not count: not trained to the end.")


def test_sample_efficiency_is_success_from_few():
    def with_few(learner):
        results = everything()
        for seed in EXTENT.seeds:
            results[f"reach-{learner}-medium-2-{seed}"]["success"]["1"] = episodes(0.1)
        return results

    assert word("Sample efficiency", with_few(BAD)) == HOLDS
    assert word("Sample efficiency", with_few(GOOD)) == FAILS
    assert word("Sample efficiency", everything()) == EVEN


@pytest.mark.parametrize("claim", ["Generalisation", "Stability", "Scalability", "Sample efficiency"])
def test_a_second_task_counts_as_the_first_one(claim):
    worse = {"usual": 0.8, "widest": 0.0}
    results = everything(bad=worse, extent=WITH_PICK)
    results[f"reach-{GOOD}-small-50-0"]["success"]["1"] = episodes(0.5)
    for seed, share in ((0, 0.1), (1, 0.3), (2, 0.6)):
        for task in ("reach", "pick"):
            results[f"{task}-{BAD}-medium-2-{seed}"]["success"]["1"] = episodes(share)
            results[f"{task}-{GOOD}-medium-2-{seed}"]["success"]["1"] = episodes(0.7)
    results = of((GOOD, BAD), results)
    both = CLAIMS[claim](results, WITH_PICK)
    assert both.word == HOLDS, both.lines
    assert {line.split("`")[1] for line in both.lines if "`" in line} == {"reach", "pick"}
    for seed in EXTENT.seeds:  # on `pick` the other way round
        for count in (2, 50):
            mine, its = (f"pick-{each}-medium-{count}-{seed}" for each in (GOOD, BAD))
            results[mine], results[its] = results[its], results[mine]
    if claim != "Scalability":  # which compares with nothing
        assert CLAIMS[claim](results, WITH_PICK).word == PARTLY


@pytest.mark.slow
@pytest.mark.parametrize("extent", [EXTENT, WITH_PICK])
def test_the_page_has_a_table_a_figure_and_a_verdict_for_each_claim(tmp_path, monkeypatch, extent):
    from midp_ros.reproduce.diffusion_imitation import findings

    monkeypatch.setattr(findings, "extent_of", lambda quick: extent)
    written = page(everything(bad={"usual": 1.0, "widest": 0.1}, extent=extent), tmp_path, True)
    figures = [block.file for block in written.found if isinstance(block, Figure)]
    assert len(figures) == 6 and all((tmp_path / name).stat().st_size > 1000 for name in figures)
    assert len([block for block in written.found if isinstance(block, Table)]) == 5
    assert len(written.verdict.splitlines()) == 5 and "quick form" in written.run
    assert any(str(block).startswith("### 1. Generalisation: ") for block in written.found)
    few = {f"reach-bc-medium-2-{seed}": made_up(Case("reach", "bc", "medium", 2, seed)) for seed in (0, 1)}
    assert page(few, tmp_path, True).verdict.count(OPEN) == 5


def test_an_unfinished_study_leaves_its_claims_open():
    results = everything(bad={"usual": 1.0, "widest": 0.1})
    said = verdict_so_far("Generalisation", results, EXTENT).word
    assert said == CLAIMS["Generalisation"](results, EXTENT).word
    lacking = of((GOOD, BAD), results)
    said = verdict_so_far("Generalisation", lacking, EXTENT).word
    assert said == f"{OPEN}: 2 of 4 trainings are done; so far it {HOLDS}"


def test_an_early_end_is_one_of_each_task():
    assert FULL.unfinished("reach") == FULL.unfinished("avoid") == set()
    for early in (QUICK.unfinished("reach"), replace(FULL, avoid_acting=100).unfinished("avoid")):
        assert early == {"gail", "drail"}


def test_another_noise_is_another_one_each_time_in_the_same_scene():
    class Told:
        contract, executed_steps = None, 8

        def __init__(self):
            self.seeds = []

        def reset(self, seed):
            self.seeds.append(seed)

    told = Told()
    again = OtherNoise(told)
    for again.draw in range(3):
        again.reset(100_000)
    assert len({100_000, *told.seeds}) == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["reach-gail-medium-50-0", "avoid-bc-medium-120-0", "pick-diffusion-medium-2-0"])
def test_a_part_records_learns_and_is_judged(tmp_path, monkeypatch, name):
    tiny = replace(
        QUICK, counts=(1, 2), base=2, held_out=1, shown=2, episodes=1, factors=(1.0, 2.0), steps=3, batch=8,
        rollouts={"gail": 1, "drail": 1}, avoid_steps=3, avoid_batch=8, scenes=1, draws=2, acting=(2,), repeated=(),
        pick_counts=(1, 2), pick_steps=3, pick_batch=8, pick_factors=(1.0, 1.5),
    )  # fmt: skip
    monkeypatch.setattr(module, "extent_of", lambda quick: tiny)
    name = name.replace("-50-", "-2-").replace("-120-", "-2-")
    result = next(part for part in parts(True) if part.name == name).work(lambda *_: None, tmp_path)
    assert json.loads(json.dumps(result)) == result
    assert len(result["error_mm"]) == 1 and result["error_mm"][0] > 0
    if name.startswith("avoid"):
        assert len(result["sides"]) == len(result["ways_mm"]) == 1 and len(result["in_scenes"][0]) == 2
        assert set(result["success"]) == {"1"}
    else:
        assert set(result["success"]) == ({"1", "1.5"} if name.startswith("pick") else {"1"})
    if "gail" in name:
        assert np.shape(result["map"]) == (41, 41) and result["exploring"]["control_steps"] == [4096]
