"""`midp certify` with few episodes: certificate, page, going on after an interruption, refusals."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from midp_ros.certify import read_certificate
from midp_ros.cli.app import app, command_line
from midp_ros.cli.incidents import journal as kept
from midp_ros.cli.incidents.journal import Journal
from midp_ros.cli.incidents.stages import _missing as missing
from midp_ros.cli.incidents.stages import camera_arguments, summarise
from midp_ros.core.contract import Contract
from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.package_files import model_path

command_line()


def run(*arguments):
    return CliRunner().invoke(app, ["certify", *map(str, arguments)], catch_exceptions=False)


@pytest.mark.processes
def test_a_model_gets_its_certificate_and_a_second_run_uses_the_finished_episodes(tmp_path):
    model = tmp_path / "mine.onnx"
    shutil.copy(model_path("reach"), model)
    options = (model, "--episodes", 2, "--stages", "in_process", "--jobs", 1, "--out", tmp_path / "out")
    done = run(*options)
    assert done.exit_code == 0, done.output
    found, why = read_certificate(model)
    assert not why
    assert found.holds
    assert found.missing == ("ros", "libfranka_position", "libfranka_velocity", "libfranka_torque")
    stage = found.stages[0]
    assert (stage.episodes, stage.successes, stage.reflexes) == (2, 2, 0)
    assert {m.limit for m in stage.margins} == {"position", "velocity", "acceleration", "jerk"}
    assert stage.seeds[0] >= 1_000_000_000
    assert stage.deadlines["inference_p50_ms"] > 0
    assert "certified on" in (tmp_path / "out" / "certificate.html").read_text()
    again = run(*options)
    assert again.exit_code == 0
    assert read_certificate(model)[0].stages[0].took_s < 1.0  # nothing was run anew


def test_half_a_line_of_a_killed_run_is_left_out_and_what_another_midp_ros_has_run(tmp_path, monkeypatch):
    journal = Journal(tmp_path, "in_process", {"a": 1})
    for seed in (1, 2):
        journal.add({"seed": seed, "success": True})
    with journal.path.open("a") as file:
        file.write(json.dumps({"settings": "x"})[:7])
    journal.add({"seed": 3, "success": True})
    assert sorted(journal.read()) == [1, 2, 3]
    assert Journal(tmp_path, "in_process", {"a": 2}).read() == {}
    monkeypatch.setattr(kept, "software_digest", lambda: "another midp_ros")
    assert Journal(tmp_path, "in_process", {"a": 1}).read() == {}


def test_a_reflex_and_a_failure_are_counted():
    good = {"seed": 5, "success": True, "duration_s": 2.0, "reflexes": [], "failure": None, "held_s": 0.1}
    bad = {**good, "seed": 6, "success": False, "reflexes": ["joint_reflex: why"], "failure": {"reason": "reflex"}}
    stage = summarise("in_process", range(5, 7), [good, bad], "", 1.0)
    assert (stage.successes, stage.reflexes, stage.held_s) == (1, 1, 0.2)
    assert stage.failures == {"reflex": 1}
    assert set(stage.faults) == {"1 reflexes", "only 1 of 2 episodes succeeded"}


def test_what_cannot_be_certified_is_refused():
    with pytest.raises(UnknownNameError, match="stage 'sim'"):
        run("reach", "--stages", "sim")
    with pytest.raises(MidpError, match="Push-T"):
        run("pusht")
    with pytest.raises(MidpError, match="has learned 'reach'"):
        run("reach", "--task", "pick")


def test_interrupted_it_keeps_the_finished_episodes_and_goes_on_with_the_others(tmp_path, monkeypatch):
    model = tmp_path / "mine.onnx"
    shutil.copy(model_path("reach"), model)
    asked = []

    def episodes_until_ctrl_c(job, seeds, processes):
        asked.append(list(seeds))
        for seed in seeds:
            if len(asked) == 1 and seed == seeds[2]:
                raise KeyboardInterrupt
            yield {"seed": seed, "success": True, "duration_s": 2.0, "reflexes": [], "failure": None, "held_s": 0.0}

    monkeypatch.setattr("midp_ros.cli.evaluation.episodes.run", episodes_until_ctrl_c)
    options = (model, "--episodes", 5, "--stages", "in_process", "--out", tmp_path / "out")
    broken = run(*options)
    assert broken.exit_code == 130
    assert "interrupted: no certificate is written; the same command goes on" in broken.output
    assert read_certificate(model)[0] is None
    assert "interrupted" in (tmp_path / "out" / "certificate.html").read_text()
    assert run(*options).exit_code == 0
    assert asked[1] == asked[0][2:]
    assert read_certificate(model)[0].stages[0].episodes == 5


def test_a_model_of_pictures_gets_its_cameras_over_ros_and_none_through_libfranka():
    pixels = Contract.load("pick_pixels")
    expected = {"cameras": "front,wrist", "camera_width": "96", "camera_height": "96", "camera_rate_hz": "30.0"}
    assert camera_arguments(pixels) == expected
    assert camera_arguments(Contract.load("pick")) == {}
    assert "no cameras, which this model needs" in missing("libfranka_torque", pixels)
    assert "cameras" not in missing("in_process", pixels)
