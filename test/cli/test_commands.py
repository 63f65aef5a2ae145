"""The command line as a user types it, in processes of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from midp_ros.core.files.animation import save_animation, save_sequence
from midp_ros.core.package_files import package_path
from midp_ros.core.statistics import wilson_interval
from midp_ros.recording import load_episodes

MIDP = [sys.executable, "-m", "midp_ros.cli.main"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}


def midp(*arguments, cwd=None):
    command = [*MIDP, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=ENVIRONMENT, timeout=110)


@pytest.mark.processes
def test_help_names_every_command_and_loads_no_heavy_library():
    done = midp("--help")
    assert done.returncode == 0
    for command in ("demo", "launch", "record", "train", "export", "evaluate", "bench"):
        assert command in done.stdout
    probe = "import sys, midp_ros.cli.app as m; m._register(); print([x for x in ('torch', 'pybullet', 'rclpy', "
    probe += "'onnxruntime', 'pinocchio') if x in sys.modules])"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.processes
def test_record_writes_episodes_that_can_be_learned_from_and_continues(tmp_path):
    out = tmp_path / "data"
    done = midp("record", "--task", "reach", "--episodes", 2, "--seed", 5, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "kept 2 episodes" in done.stdout and "0 failed" in done.stdout
    again = midp("record", "--task", "reach", "--episodes", 3, "--seed", 5, "--out", out)
    assert "2 of these episodes were recorded before" in again.stdout and "kept 3 episodes" in again.stdout
    episodes = load_episodes(out)
    assert [e.info["seed"] for e in episodes] == [5, 6, 7]
    for e in episodes:
        assert e.success and len(e) > 5
        assert np.allclose(np.diff(e.time_s), e.contract.step_s)
        goal, reached = e.column("goal_position")[-1], e.column("tool_position")[-1]
        assert np.linalg.norm(goal - reached) < 0.01


@pytest.mark.processes
def test_an_interrupted_recording_keeps_what_was_finished(tmp_path):
    out = tmp_path / "data"
    command = [*MIDP, "record", "--task", "reach", "--episodes", "1000", "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    end = time.monotonic() + 60
    while len(list(out.glob("*.mcap"))) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    kept = len(load_episodes(out))
    assert kept >= 2 and f"the same command goes on at seed {kept}: kept {kept} episodes" in said.replace("\n", " ")


@pytest.mark.processes
def test_evaluate_writes_what_it_measured(tmp_path):
    path = tmp_path / "scores.json"
    done = midp(
        "evaluate", "expert", "--task", "reach", "--episodes", 4, "--seed", 50, "--json", path, "--worst", 1,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(path.read_text())
    assert report["success_rate"] == 1.0
    assert report["success_interval"] == list(wilson_interval(4, 4))
    assert report["seeds"] == [50, 53]
    assert [e["seed"] for e in report["episodes"]] == [50, 51, 52, 53]
    assert all(0.1 < e["path_length_m"] < 2 or e["duration_s"] < 1.5 for e in report["episodes"])
    assert report["task"] == "reach" and report["model"] == "expert"
    assert report["failures"] == [] and all(e["failure"] is None for e in report["episodes"])
    page = (tmp_path / "out" / "evaluate_expert_reach" / "report.html").read_text()
    assert page.count("data:image/gif;base64,") == 1 and "No episode failed" in page and 'src="http' not in page
    with Image.open(tmp_path / "out" / "evaluate_expert_reach" / "worst_1.gif") as animation:
        assert animation.n_frames > 3


def read_until(terminal, found):
    """What comes out of a terminal until something is found in it, or until it is closed."""
    text = ""
    with contextlib.suppress(OSError):  # the other end is closed
        while not found(text):
            text += os.read(terminal, 4096).decode(errors="replace")
    return text


@pytest.mark.processes
def test_failures_come_with_their_reasons_and_an_interruption_keeps_what_there_is(tmp_path):
    """With chunks that come 0.9 s late, `pick` presses the hand onto the table now and then."""
    path = tmp_path / "scores.json"
    command = [*MIDP, "evaluate", str(package_path("models", "pick.onnx")), "--episodes", "1000", "--delay-ms", "900"]
    command += ["--json", str(path), "--jobs", "2", "--worst", "0", "--out", str(tmp_path / "page")]
    terminal, inside = pty.openpty()  # where there is a progress bar to wait for
    where = {"stdout": inside, "stderr": inside, "cwd": tmp_path, "start_new_session": True}
    process = subprocess.Popen(command, env=ENVIRONMENT, **where)
    os.close(inside)
    said = read_until(terminal, lambda text: re.search(r"\b[3-9]/1000", text))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said += read_until(terminal, lambda text: False)
    process.wait()
    assert process.returncode == 130 and "Traceback" not in said, said
    report = json.loads(path.read_text())
    assert 1 <= len(report["episodes"]) < 1000 == report["episodes_wanted"]
    assert report["failures"][0]["reason"].startswith("reflex: cartesian_reflex")
    assert "the tool is at (" in report["failures"][0]["example"]
    assert f"{len(report['episodes'])} of 1000 episodes only: interrupted" in said
    assert "reflex: cartesian_reflex" in (tmp_path / "page" / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("record", "--task", "dance", "--out", "x"), "unknown task 'dance'; known: avoid, "),
        (("record", "--task", "reach", "--robot", "ur5", "--out", "x"), "unknown robot 'ur5'; known: fr3, panda"),
        (("evaluate", "nothing.onnx", "--task", "pick"), "nothing.onnx"),
        (("train", "nothing.yaml"), "cannot read configuration nothing.yaml"),
        (("export", "nothing.pt", "x.onnx"), "nothing.pt"),
        (("launch", "nothing"), "unknown launch file 'nothing'; known: demo, deploy, fci, record, sim"),
        (("launch", "sim", "colour:=red"), "colour"),
    ],
)
@pytest.mark.processes
def test_a_users_mistake_is_one_clear_line(arguments, words, tmp_path):
    done = midp(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_pictures_show_what_they_were_given(tmp_path):
    frames = [np.full((24, 32, 3), 40 * i, np.uint8) for i in range(6)]
    save_animation(frames, tmp_path / "a.gif", rate_hz=5.0)
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.n_frames == 6 and animation.info["duration"] == 200
    save_sequence(frames, tmp_path / "s.png", columns=3)
    with Image.open(tmp_path / "s.png") as sequence:
        assert sequence.size == (96, 24)
        assert [sequence.getpixel((x, 12))[0] for x in (1, 40, 90)] == [0, 80, 200]
