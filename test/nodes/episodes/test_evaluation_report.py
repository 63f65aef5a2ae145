"""What an evaluation over ROS writes down."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.errors import RecordingError
from midp_ros.nodes.episodes.evaluation_report import EvaluationReport
from midp_ros.nodes.ros.task_status import TaskReport

CONTRACT = Contract.load(Path(__file__).parents[3] / "config" / "contracts" / "pick.yaml")
REPORT = TaskReport("pick", "fr3", 0, 1, 4.0, True, True, 0.002, 0.01)


def sheet():
    scores = EvaluationReport(CONTRACT, {"task": "pick"})
    for seed, success in ((5, False), (6, True), (7, True)):
        for k in range(4):
            scores.note(100.0 + 0.1 * k, np.full(CONTRACT.observation_size, float(seed)))
        report = replace(REPORT, seed=seed, success=success, elapsed_s=float(seed))
        scores.end(report, {"action": 40}, started_s=100.0, ended_s=104.0, reflexes=seed - 5)
    return scores


def test_it_counts_and_keeps_the_first_successful_episode_for_pictures(tmp_path):
    sheet().write(tmp_path / "new" / "scores.json")
    report = json.loads((tmp_path / "new" / "scores.json").read_text())
    assert report["task"] == "pick" and report["success_rate"] == pytest.approx(2 / 3)
    assert [e["seed"] for e in report["episodes"]] == [5, 6, 7]
    assert report["episodes"][0]["action_rate_hz"] == 10.0
    assert [e["reflexes"] for e in report["episodes"]] == [0, 1, 2] and report["reflexes"] == 3
    assert report["mean_time_to_success_s"] == 6.5
    low, high = report["success_interval"]
    assert 0 < low < 2 / 3 < high < 1
    assert report["replay"]["seed"] == 6
    assert np.allclose(report["replay"]["time_s"], [0, 0.1, 0.2, 0.3])
    assert np.array_equal(report["replay"]["joint_position"], np.full((4, 7), 6.0))
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["scores.json"]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match=r"cannot write .*scores\.json"):
        sheet().write(tmp_path / "file" / "scores.json")
