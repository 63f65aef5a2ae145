"""`midp certify` with few episodes: certificate, page, going on after an interruption, refusals."""

import hashlib
import json
import shutil

import pytest
from typer.testing import CliRunner

from midp_ros.certify import read_certificate
from midp_ros.cli.app import app, command_line
from midp_ros.cli.evaluation.camera_arguments import camera_arguments
from midp_ros.cli.incidents import journal as kept
from midp_ros.cli.incidents.journal import Journal
from midp_ros.cli.incidents.stages import _missing as missing
from midp_ros.cli.incidents.stages import summarise
from midp_ros.core.contract import Contract
from midp_ros.core.errors import MidpError, OutputError, UnknownNameError
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
    with pytest.raises(MidpError, match="names none; known: in_process, ros"):
        run("reach", "--stages", " , ")
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


@pytest.mark.slow
def test_a_certificate_that_states_more_of_the_same_model_is_not_replaced(tmp_path, monkeypatch):
    model, there = tmp_path / "mine.onnx", tmp_path / "mine.certificate.json"
    shutil.copy(model_path("reach"), model)
    good = {"success": True, "duration_s": 2.0, "reflexes": [], "failure": None, "held_s": 0.0}
    succeed = lambda job, seeds, processes: ({"seed": seed, **good} for seed in seeds)  # noqa: E731
    monkeypatch.setattr("midp_ros.cli.evaluation.episodes.run", succeed)
    options = (model, "--stages", "in_process", "--out", tmp_path / "out")
    assert run(*options, "--episodes", 3).exit_code == 0
    whole = there.read_bytes()
    for fewer in (("--stages", "in_process", "--episodes", 2), ("--stages", "libfranka_torque", "--episodes", 9)):
        with pytest.raises(MidpError, match="states more about this model, 3 episodes of in_process; --certificate"):
            run(*options, *fewer)
    assert run(*options, "--episodes", 2, "--certificate", tmp_path / "small.json").exit_code == 0
    assert there.read_bytes() == whole
    assert run(*options, "--episodes", 4).exit_code == 0
    assert read_certificate(model)[0].stages[0].episodes == 4
    there.write_text(there.read_text().replace(read_certificate(model)[0].sha256, "of other weights"))
    assert run(*options, "--episodes", 2).exit_code == 0


def test_a_file_where_its_episodes_would_go_is_named_at_once(tmp_path):
    digest = hashlib.sha256(model_path("reach").read_bytes()).hexdigest()
    (tmp_path / digest[:16]).write_text("")
    with pytest.raises(OutputError, match=f"{digest[:16]}: it is a file; choose another folder"):
        run("reach", "--stages", "ros", "--out", tmp_path, "--certificate", tmp_path / "c.json")


def test_where_no_stage_can_be_run_no_certificate_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("midp_ros.cli.incidents.stages._missing", lambda name, contract: "it is not here")
    done = run("reach", "--out", tmp_path / "out", "--certificate", tmp_path / "c.json")
    assert done.exit_code == 1
    assert "no stage was run: no certificate is written" in done.output
    assert "c.json" not in done.output and not (tmp_path / "c.json").exists()


def test_a_model_of_pictures_gets_its_cameras_over_ros_and_none_through_libfranka():
    pixels = Contract.load("pick_pixels")
    expected = {"cameras": "front,wrist", "camera_width": "96", "camera_height": "96", "camera_rate_hz": "30.0"}
    assert camera_arguments(pixels) == expected
    assert camera_arguments(Contract.load("pick")) == {}
    assert "no cameras, which this model needs" in missing("libfranka_torque", pixels)
    assert "cameras" not in missing("in_process", pixels)
