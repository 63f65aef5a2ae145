"""The study of the learned inverse kinematics: its pairs are a function, its network learns, its page judges."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("pybullet")

from midp_ros.core.contract import Contract  # noqa: E402
from midp_ros.core.package_files import package_path  # noqa: E402
from midp_ros.core.window import ObservationWindow  # noqa: E402
from midp_ros.kinematics import ArmModel  # noqa: E402
from midp_ros.learning.config import TrainConfig  # noqa: E402
from midp_ros.reproduce.franka_imitation import figures, policies  # noqa: E402
from midp_ros.reproduce.franka_imitation.findings import page  # noqa: E402
from midp_ros.reproduce.franka_imitation.following import DRAWINGS, follow  # noqa: E402
from midp_ros.reproduce.franka_imitation.pairs import HIGH_M, LOW_M, Pairs, Solver, as_episode, errors_mm  # noqa: E402
from midp_ros.reproduce.franka_imitation.parts import clone, parts  # noqa: E402
from midp_ros.reproduce.franka_imitation.policies import HORIZON, SPEED_M_S, SolverPolicy, drawing_demonstrations  # noqa: E402
from midp_ros.reproduce.franka_imitation.recipe import Recipe  # noqa: E402
from midp_ros.reproduce.study import Figure, Table  # noqa: E402
from midp_ros.reproduce.trials import described  # noqa: E402

MODEL = ArmModel("fr3")


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return Solver(MODEL).draw(60, 0)


def test_the_pairs_reach_their_positions_in_the_box(pairs):
    assert errors_mm(MODEL, pairs.joint_rad, pairs.position_m).max() < 0.01
    assert errors_mm(MODEL, pairs.joint_rad, pairs.position_m + [0.003, 0.004, 0]) == pytest.approx(5.0, abs=0.01)
    assert (pairs.position_m >= LOW_M).all() and (pairs.position_m <= HIGH_M).all()
    down = np.array([MODEL.forward(q).rotation[:, 2] for q in pairs.joint_rad])
    np.testing.assert_allclose(down, np.tile([0, 0, -1], (60, 1)), atol=1e-4)


def test_neighbouring_positions_have_neighbouring_joints(pairs):
    solver = Solver(MODEL)
    beside = np.array([solver.solve(position + [0.001, 0.0, 0.0]) for position in pairs.position_m])
    assert np.abs(beside - pairs.joint_rad).max() < 0.03  # rad for 1 mm; another posture is far more


def test_the_shipped_configuration_of_trace_is_that_of_the_study():
    shipped = TrainConfig.load(package_path("config", "train", "trace.yaml"))
    (measured,) = (part.settings["training"] for part in parts(quick=False) if part.name == "bc_sde")
    whole = described(shipped.to_dict())
    assert shipped.held_out == 0
    for section in ("learner", "model", "training", "scene_frame", "history_bottleneck"):
        assert whole.get(section) == measured.get(section), section
    assert shipped.context.contract(Contract.load("trace")).horizon == HORIZON


def test_pairs_become_a_recording(pairs):
    episode = as_episode(pairs, Contract.load("trace_joints"))
    np.testing.assert_array_equal(episode.column("goal_position"), pairs.position_m)
    np.testing.assert_array_equal(episode.action, pairs.joint_rad)


@pytest.mark.parametrize("normalised", [False, True])
def test_the_recipe_learns(pairs, normalised):
    told = []
    recipe = Recipe(pairs=60, epochs=60, normalised=normalised, decayed=normalised)
    found = recipe.learn(MODEL, pairs, pairs.first(10), lambda *a: told.append(a))
    losses = [loss for _, loss in found["curve"]]
    assert losses[-1] < 0.2 * losses[0] and told[-1] == (59, 60, "epochs")
    assert 0 < found["mean_mm"] <= found["p99_mm"] <= found["worst_mm"] < 1000


def test_the_solver_leads_the_tool_straight_to_the_goal():
    policy = SolverPolicy(MODEL)
    window, tool_m, goal_m = ObservationWindow(policy.contract), np.array([0.5, 0, 0.3]), np.array([0.5, 0.1, 0.3])
    values = {"joint_position": np.zeros(7), "tool_position": tool_m, "goal_position": goal_m}
    window.push(1.0, values)
    reached = [MODEL.forward(q).position_m for q in policy.act(window).actions]
    ahead_m = SPEED_M_S * policy.contract.step_s * np.arange(1, len(reached) + 1)
    np.testing.assert_allclose(reached, tool_m + np.outer(ahead_m, [0, 1, 0]), atol=1e-5)


@pytest.mark.slow
def test_the_solver_follows_a_square_without_a_reflex():
    found = follow(SolverPolicy(MODEL), "square")
    assert found["success"] and not found["reflexes"] and found["mean_mm"] < 3.0
    assert len(found["way_mm"]) > 200 and json.dumps(found)


@pytest.mark.slow
def test_demonstrations_are_recorded_once_and_anew_for_another_horizon(tmp_path, monkeypatch):
    told = []
    first = drawing_demonstrations(tmp_path / "shown", 2, lambda *a: told.append(a))
    assert len(first) == 2 and all(e.success and e.contract.horizon == HORIZON for e in first)
    assert told[-1] == (2, 2, "demonstrations")
    told.clear()
    assert [e.info for e in drawing_demonstrations(tmp_path / "shown", 1, lambda *a: told.append(a))] == [first[0].info]
    assert not told
    monkeypatch.setattr(policies, "HORIZON", replace(HORIZON, executed=3))
    (other,) = drawing_demonstrations(tmp_path / "shown", 1, lambda *a: None)
    assert other.contract.horizon.executed == 3


def made_up() -> dict:
    way = {"mean_mm": 4.0, "worst_mm": 9.0, "reflexes": 0, "success": True, "seconds": 15.0, "failure": ""}
    followed = {drawing: {**way, "way_mm": [[500.0, 0.0], [510.0, 5.0]]} for drawing in DRAWINGS}
    learned = {"mean_mm": 2.0, "p99_mm": 6.0, "worst_mm": 9.0, "seconds": 30.0}
    recipe = {**learned, "mean_mm": 7.0, "curve": [[0.1, 1.0], [0.2, 0.5]]}
    trained = {"seconds": 5.0, "followed": followed}
    return {"recipe_text": recipe, "solver": {"followed": followed}, "ik_net": {**learned, **trained}, "bc": trained}


@pytest.mark.slow
def test_the_page_judges_by_the_bars(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "FRAMES", 2)
    results = made_up()
    found = page(results, tmp_path, quick=True)
    assert "The text's recipe misses" in found.verdict and "`ik_net` meets these bars" in found.verdict
    assert "holds here: mean errors of 4.0 to 4.0 mm (bar: 5 mm), 0 reflexes" in found.verdict
    assert all((tmp_path / block.file).exists() for block in found.found if isinstance(block, Figure))
    accuracy, followed = (block for block in found.found if isinstance(block, Table))
    assert len(accuracy.rows) == 2 and len(followed.rows) == 9 and found.run.startswith("The quick form")
    results["ik_net"]["followed"]["circle"]["reflexes"] = 1
    assert "does not hold here" in page(results, tmp_path, quick=False).verdict
    assert page({"pairs": {}}, tmp_path, quick=True).verdict.startswith("None")


@pytest.mark.slow
def test_the_sde_term_is_judged_over_seeds(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "FRAMES", 2)

    def erred(*of_seeds: float) -> list[dict]:
        return [{"seconds": 1.0, "followed": {d: {**made_up()["bc"]["followed"][d], "mean_mm": mm} for d in DRAWINGS}}
                for mm in of_seeds]  # fmt: skip

    by_weight = {0.0: (2.0, 2.2, 2.1), 0.1: (2.1, 2.0, 2.2), 1.0: (1.0, 1.1, 1.2), 10.0: (5.0, 6.0, 7.0)}
    results = {
        clone(weight, seed): one for weight, means in by_weight.items() for seed, one in enumerate(erred(*means))
    }
    found = page(results, tmp_path, quick=False)
    for weight, word in ((0.1, "not distinguished"), (1, "less"), (10, "more")):
        assert any(f"weight {weight:g} changes" in line and line.endswith(f": {word}.")
                   for line in found.verdict.splitlines())  # fmt: skip
    assert "gains from the SDE term holds at one weight or more here" in found.verdict
    assert set(results) <= {part.name for part in parts(False)}
    one = page({name: results[name] for name in ("bc", "bc_sde")}, tmp_path, quick=True).verdict
    assert "(one training each): not distinguished" in one and "gains" not in one


@pytest.mark.parametrize("quick", [False, True])
def test_every_part_has_settings_that_can_be_kept(quick):
    found = parts(quick)
    assert len({part.name for part in found}) == len(found) and {"ik_net", "diffusion", "bc"} <= {p.name for p in found}
    json.dumps([part.settings for part in found])
