"""The study `why_diffusion`: its scene, its counts, its page, and a part from end to end."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.pose import matrix_from_rotation6
from midp_ros.core.seams import STUDIES
from midp_ros.learning.learners.behaviour_cloning import CloningConfig
from midp_ros.reproduce.study import Table
from midp_ros.reproduce.why_diffusion import scene
from midp_ros.reproduce.why_diffusion.findings import page
from midp_ros.reproduce.why_diffusion.parts import DEMONSTRATIONS, VARIANTS, parts

CONTRACT = Contract.load("avoid")


def test_the_tool_moves_straight_at_the_post():
    window = scene.before_the_post(CONTRACT)
    at = CONTRACT.observation_slices
    tool, post, goal = (window[:, at[name]] for name in ("tool_position", "obstacle_position", "goal_position"))
    assert np.ptp(np.stack([tool[:, 1], post[:, 1], goal[:, 1]])) == 0
    assert np.diff(tool[:, 0]) == pytest.approx([scene.SPEED_M_S * CONTRACT.step_s])
    assert post[-1, 0] - tool[-1, 0] == pytest.approx(scene.BEFORE_M)
    assert matrix_from_rotation6(window[:, at["tool_rotation"]])[0, 2, 2] == pytest.approx(-1)


@pytest.mark.parametrize(("aside_m", "where"), [(0.08, "left"), (-0.08, "right"), (0.04, "post"), (-0.01, "post")])
def test_a_way_is_told_by_where_it_passes_the_post(aside_m, where):
    ahead = np.linspace(-0.1, 0.1, 21)
    tool = np.stack([0.51 + ahead, 0.02 + aside_m * np.exp(-((ahead / 0.07) ** 2)), 0 * ahead], axis=1)
    assert scene.side(scene.from_post(tool, np.array([0.51, 0.02, 0.07]))) == where


def test_both_are_kept_where_either_has_a_share():
    assert scene.kept({"left": 60, "post": 10, "right": 30}) == 2
    assert scene.kept({"left": 94, "post": 0, "right": 6}) == 1
    assert scene.kept({"left": 10, "post": 85, "right": 5}) == 0
    assert scene.share(50, 100) == "50 % (40 to 60)"


def made_up(left: int, post: int, right: int) -> dict:
    ways = [[[60, -100], [80, 0], [0, 100]]] * 3 + [[[-60, -100], [-80, 0], [0, 100]]] * (post < left + right)
    return {
        "samples": {"left": 2 * left, "post": 2 * post, "right": 2 * right, "ways_mm": ways},
        "driven": {"left": left, "post": post, "right": right, "success": 70, "episodes": 100, "ways_mm": ways},
    }


@pytest.mark.slow
def test_the_page_has_a_figure_for_each_group_and_a_verdict(tmp_path):
    results = {name: made_up(45, 10, 45) for name in VARIANTS} | {"bc_mse": made_up(10, 85, 5)}
    results[DEMONSTRATIONS] = {"left": 31, "post": 0, "right": 29, "ways_mm": [[[60, -100], [80, 0]]]}
    found = page(results, tmp_path, True)
    for name in ("samples", "processes", "starts", "driven"):
        assert (tmp_path / f"{name}.png").stat().st_size > 1000
    assert "Diffusion keeps both ways: yes in samples, yes driven." in found.verdict
    assert "The squared error keeps neither way: yes in samples, yes driven." in found.verdict
    assert "31 left, 29 right" in found.run
    assert page({"ve": results["ve"]}, tmp_path, False).found  # while the others are not done


def test_a_policy_with_one_answer_may_pass_on_both_sides_by_the_scene(tmp_path):
    """As found: all samples are one and lead into the post, of 100 scenes 22 are passed left and 16 right."""
    one = made_up(0, 100, 0) | {"driven": made_up(22, 62, 16)["driven"]}
    found = page({"bc_mse": one}, tmp_path, True)
    assert "neither way: yes in samples, no driven." in found.verdict
    assert "it passes 22 on the left, 62 into the post, 16 on the right" in found.verdict
    table = next(block for block in found.found if isinstance(block, Table))
    assert table.rows[0][1:4] == ["", "the one answer", ""]


def test_settings_hold_the_defaults_of_the_learner():
    learner = {part.name: part.settings for part in parts(False)}["bc_mixture"]["training"]["learner"]
    assert learner["relaxation"] == CloningConfig().relaxation and len(learner) == 1 + len(fields(CloningConfig))


def test_settings_differ_and_the_full_study_is_another_one():
    assert STUDIES.load("why_diffusion").parts is parts
    quick, full = ({part.name: json.dumps(part.settings) for part in parts(q)} for q in (True, False))
    assert len(quick) == 1 + len(VARIANTS) and all(quick[name] != full[name] for name in quick)
    assert len(set(quick.values())) == len(quick)


@pytest.mark.slow
def test_a_variant_shares_the_weights_of_another_and_a_fixed_start_answers_alike(tmp_path, monkeypatch):
    from midp_ros.reproduce.why_diffusion import parts as module

    def tiny(sections, quick):
        return {"model": {"channels": [8], "embedding": 8}, "training": {"steps": 3, "batch": 8, "warmup_steps": 1}}

    monkeypatch.setattr(module, "_config", tiny)
    files = tmp_path / "files"
    results = {}
    for name in ("diffusion", "neither", "steps_only"):
        part = next(part for part in module.parts(True) if part.name == name)
        arguments = list(part.work.args)
        arguments[-2:] = [2, 1]  # demonstrations and episodes
        results[name] = part.work.func(*arguments, lambda *_: None, files)
        assert json.loads(json.dumps(results[name])) == results[name]
    assert [path.name for path in files.glob("*.pt")] == ["diffusion.pt"]
    ways = {name: np.array(result["samples"]["ways_mm"]) for name, result in results.items()}
    assert np.ptp(ways["neither"], axis=0).max() == 0 < np.ptp(ways["steps_only"], axis=0).max()
    assert results["neither"]["driven"]["episodes"] == 1
