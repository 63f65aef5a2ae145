"""The study of object flow with made-up results: its parts, its figures, and what its verdict says when."""

from __future__ import annotations

import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.seams import STUDIES
from midp_ros.reproduce.flow_interface.learners import LEARNERS, relative
from midp_ros.reproduce.flow_interface.scenes import SCENES, TRAINING, record
from midp_ros.reproduce.flow_interface.study import GENERATED
from midp_ros.reproduce.study import Figure, Table


def judged(successes: int, elsewhere: int | None = None) -> dict:
    """Of one policy: 50 episodes in each scene."""
    found = {}
    for scene in SCENES:
        good = successes if scene == TRAINING or elsewhere is None else elsewhere
        way = [[0.5, 0.0, 0.025], [0.5, 0.1, 0.15]]
        failures = {"timeout": 50 - good} if good < 50 else {}
        success = [1] * good + [0] * (50 - good)
        found[scene] = {"success": success, "reflexes": 0, "failures": failures, "way": way}
    return {"parameters": 1, "scenes": found}


def flows() -> dict:
    """Two flows of two steps in each scene."""
    points = [[0.525, 0.025, 0.05], [0.525, -0.025, 0.0], [0.475, 0.025, 0.0], [0.475, -0.025, 0.05]]
    step = [[x, y + 0.05, z + 0.1] for x, y, z in points]
    one = {"points": points, "ways": [[points, step]] * 2, "goal": [0.5, 0.05, 0.125], "end_mm": [5.0, 10.0]}
    return dict.fromkeys(SCENES, one)


def test_its_parts_are_a_policy_each_and_the_flows():
    study = STUDIES.load("flow_interface")
    quick, whole = study.parts(True), study.parts(False)
    assert [part.name for part in quick] == [*(f"{learner}_0" for learner in LEARNERS), GENERATED]
    assert len(whole) == 3 * len(LEARNERS) + 1 and len({part.name for part in whole}) == len(whole)
    trainings = [part.settings["training"].get("learner") for part in quick[: len(LEARNERS)]]
    assert trainings[0]["name"] == "flow_points" and trainings[1:] == [None, None]


@pytest.mark.parametrize(
    "plain, view, says",
    [
        (5, 10, ["carries over where the plain policy does not", "stays behind the flow", "the flow is better"]),
        (5, 45, ["carries over where the plain policy does not", "the view may be what carries over"]),
        (44, 50, ["not distinguished: the claim is not shown here", "the view is what carries over"]),
        (50, 50, ["the claim does not hold here", "the view is what carries over", "the flow is worse"]),
    ],
)
def test_the_verdict_goes_by_the_intervals(tmp_path, plain, view, says):
    results = {"flow_0": judged(50, 45), "plain_0": judged(50, plain), "plain_relative_0": judged(50, view)}
    page = STUDIES.load("flow_interface").page(results, tmp_path, True)
    assert all(text in page.verdict for text in says), page.verdict
    table = next(block for block in page.found if isinstance(block, Table))
    assert table.rows[0][1].startswith("100 % (") and table.rows[1][2].startswith(f"{2 * plain} % (")


@pytest.mark.slow
def test_the_page_draws_its_figures_and_shows_what_there_is(tmp_path):
    study = STUDIES.load("flow_interface")
    page = study.page({"flow_0": judged(50), GENERATED: flows()}, tmp_path, True)
    figures = [block.file for block in page.found if isinstance(block, Figure)]
    assert figures == ["success.png", "flows.png"]
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in figures)
    assert page.verdict.startswith("Open") and "regression" in page.run
    assert study.page({GENERATED: flows()}, tmp_path, False).verdict.startswith("Open")


def test_the_view_from_the_tool_hides_its_place_alone():
    contract = Contract.load("carry")
    hidden = {e.name for e in relative(contract).observation if not e.policy_input}
    shown = {e.name for e in contract.observation if not e.policy_input}
    assert hidden - shown == {"tool_position"}


def test_a_difference_between_trainings_alone_does_not_decide(tmp_path):
    """Of 50 starts each, 100, 100 and 40 % against 60 %: pooled, Wilson's intervals of 150 episodes would."""
    results = {f"{learner}_{seed}": judged(30) for learner in LEARNERS for seed in range(3)}
    results |= {f"flow_{seed}": judged(successes) for seed, successes in enumerate((50, 50, 20))}
    page = STUDIES.load("flow_interface").page(results, tmp_path, False)
    assert page.verdict.count("not distinguished") >= 8 and "the claim is not shown here" in page.verdict


@pytest.mark.slow
def test_recordings_go_on_where_they_stopped(tmp_path):
    said = []
    for episodes in (1, 2, 2):
        record("play", episodes, tmp_path, lambda done, total, what: said.append((done, total)))
    assert said == [(0, 1), (1, 2)] and len(list((tmp_path / "play").glob("*.mcap"))) == 2


@pytest.mark.slow
def test_recordings_of_another_scene_are_made_anew(tmp_path, monkeypatch):
    record("demonstrations", 1, tmp_path, lambda *_: None)
    first = next((tmp_path / "demonstrations").glob("*.mcap")).read_bytes()
    record("demonstrations", 1, tmp_path, lambda *_: None)
    assert next((tmp_path / "demonstrations").glob("*.mcap")).read_bytes() == first
    monkeypatch.setitem(SCENES, TRAINING, {"size_m": 0.045, "table_m": 0.0})
    record("demonstrations", 1, tmp_path, lambda *_: None)
    (other,) = (tmp_path / "demonstrations").glob("*.mcap")
    assert other.read_bytes() != first
