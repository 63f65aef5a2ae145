"""What counts as done, and how long the rest takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from experiment_files import DATA_HASH, experiment, plain_experiment, result

from midp_ros.experiment.config import Experiment
from midp_ros.experiment.progress import (
    DAMAGED,
    DONE,
    MISSING,
    OTHER,
    UNPAIRED,
    in_words,
    seconds_left,
    state_of,
    states_of,
)
from midp_ros.experiment.result import Result, thinned
from midp_ros.experiment.runs import runs_of

ROOT = Path(__file__).parents[2]
REWARDS = [0.5, 1.0, 0.0, 0.25]


def test_a_result_survives_its_file(tmp_path: Path) -> None:
    run = runs_of(experiment(tmp_path))[0]
    written = result(run, REWARDS)
    written.write(run.result_path)
    assert Result.read(run.result_path) == written
    assert state_of(run).kind == DONE and state_of(run).result == written


def test_a_missing_result_is_missing(tmp_path: Path) -> None:
    assert state_of(runs_of(experiment(tmp_path))[0]).kind == MISSING


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"rewards": [1]}', "\0\0"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    run = runs_of(experiment(tmp_path))[0]
    run.result_path.parent.mkdir(parents=True)
    run.result_path.write_text(content)
    state = state_of(run)
    assert state.kind == DAMAGED and str(run.result_path) in state.reason


def test_a_file_cut_short_is_damaged(tmp_path: Path) -> None:
    run = runs_of(experiment(tmp_path))[0]
    result(run, REWARDS).write(run.result_path)
    run.result_path.write_text(run.result_path.read_text()[:-40])
    assert state_of(run).kind == DAMAGED


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("rewards", None, "rewards: got None, need a list"),
        ("rewards", [], "it has no rewards"),
        ("rewards", [1.0, float("nan")], "it holds NaN"),
        ("curve", {"step": [1, 2], "bound": [None]}, "columns are not of one length"),
        ("curve", {"step": ["many"]}, "curve.step[0]: got 'many', need a finite number"),
        ("steps_per_s", "fast", "steps_per_s: got 'fast', need a finite number"),
        ("parameters", 1.5, "parameters: got 1.5, need a whole number"),
        ("machine", {}, "machine lacks 'cpu'"),
        ("config", 3, "config: got 3, need a mapping"),
    ],
)
def test_a_file_of_other_types_is_damaged(tmp_path: Path, key: str, value: object, said: str) -> None:
    run = runs_of(experiment(tmp_path))[0]
    result(run, REWARDS).write(run.result_path)
    run.result_path.write_text(json.dumps({**json.loads(run.result_path.read_text()), key: value}))
    state = state_of(run)
    assert state.kind == DAMAGED and f"{run.result_path} is damaged" in state.reason and said in state.reason


def test_a_result_made_with_something_else_is_named(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    run = runs_of(experiment(tmp_path))[0]
    training = replace(run.config.training, batch=8)
    other_config = replace(run.config, training=training).to_dict()
    for changed, said in (
        ({"config": other_config}, "another configuration: training.batch: 8 != 256"),
        ({"config": {**other_config, "gone": 1}}, "a configuration of another version: configuration: unknown key"),
        ({"handover": "switch"}, "another hand-over: switch"),
        ({"first_seed": 1}, "other episodes: 4 from seed 1"),
        ({"seed": 5}, "another place in the grid: pusht/small/none/5"),
    ):
        result(run, REWARDS, **changed).write(run.result_path)
        state = state_of(run)
        assert state.kind == OTHER and said in state.reason and state.result is None


def test_a_seed_is_not_finished_with_other_demonstrations_but_the_next_one_is_begun(tmp_path: Path) -> None:
    runs = {run.name: run for run in runs_of(experiment(tmp_path))}
    done = runs["pusht/small/none/0"]
    result(done, REWARDS, data_hash="cd" * 32).write(done.result_path)

    def kinds(hashes: dict[str, str]) -> list[str]:
        states = states_of(list(runs.values()), hashes)
        return [states[f"pusht/{place}"].kind for place in ("small/none/0", "small/published/0", "small/none/1")]

    assert kinds({"pusht": DATA_HASH}) == [DONE, UNPAIRED, MISSING]
    assert kinds({"pusht": "cd" * 32}) == kinds({}) == [DONE, MISSING, MISSING]
    reason = states_of(list(runs.values()), {"pusht": DATA_HASH})["pusht/small/published/0"].reason
    assert "other demonstrations (hash cdcdcdcdcdcd, now abababababab)" in reason


def test_a_part_is_finished_whatever_the_other_variants_learned(tmp_path: Path) -> None:
    plain = plain_experiment(tmp_path)
    plain["variants"]["published"]["part"] = "part_{seed}"
    runs = {run.name: run for run in runs_of(Experiment.from_dict(plain))}
    done = runs["pusht/small/none/0"]
    result(done, REWARDS, data_hash="cd" * 32).write(done.result_path)
    states = states_of(list(runs.values()), {"pusht": "cd" * 32, "pusht/part_0": DATA_HASH})
    assert [states[f"pusht/small/{variant}/0"].kind for variant in ("none", "published")] == [DONE, MISSING]
    part = runs["pusht/small/published/0"]
    result(part, REWARDS).write(part.result_path)
    assert states_of(list(runs.values()), {"pusht/part_0": DATA_HASH})[part.name].kind == DONE


def test_places_and_how_often_is_written_do_not_count(tmp_path: Path) -> None:
    run = runs_of(experiment(tmp_path))[0]
    training = replace(run.config.training, save_every=3, log_every=2)
    moved = replace(run.config, name="x", data="y", runs="z", training=training)
    result(run, REWARDS, config=moved.to_dict()).write(run.result_path)
    assert state_of(run).kind == DONE


def test_the_time_left_follows_finished_runs_of_the_same_kind(tmp_path: Path) -> None:
    none_0, published_0, large_0, *_ = runs = runs_of(experiment(tmp_path))
    none_1 = next(r for r in runs if r.name == "pusht/small/none/1")
    done = [result(none_0, REWARDS), result(published_0, REWARDS, training_s=280.0)]
    assert seconds_left([none_1], done, 1) == (120.0, 0)
    assert seconds_left([none_1, none_1, large_0], done, 2) == (120.0, 1)
    assert seconds_left([none_1], done[1:], 4) == (300.0, 0)  # of the other variant; one run does not go faster by 4
    assert seconds_left([], done, 1) == (0.0, 0)


def test_durations_in_words() -> None:
    assert [in_words(s) for s in (40, 600, 12_240)] == ["40 s", "10 min", "3.4 h"]


def test_a_curve_is_thinned_to_means() -> None:
    rows = [{"step": i + 1.0, "error": float(i), "bound": float("nan")} for i in range(100)]
    curve = thinned(rows, ("error", "bound"), 40)
    assert curve["step"][:2] == (3, 6) and curve["step"][-1] == 100 and len(curve["step"]) == 34
    assert curve["error"][:2] == (1.0, 4.0) and curve["error"][-1] == 99.0 and set(curve["bound"]) == {None}
    assert thinned(rows[:3], ("error",))["step"] == (1, 2, 3)


@pytest.mark.parametrize("path", sorted((ROOT / "config/experiments").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_result_of_this_repository_is_that_of_its_configuration(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defaults change: an experiment that is finished keeps those that it was run with."""
    monkeypatch.chdir(ROOT)
    ours = Experiment.load(path)
    runs = runs_of(ours)
    assert {run.name: state.reason for run in runs if (state := state_of(run)).kind in (OTHER, DAMAGED)} == {}
    there = {file.name for file in ours.results.glob("*-[0-9].json")}
    assert there <= {run.result_path.name for run in runs}
