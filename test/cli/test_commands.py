"""The command line as a user types it, in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from midp_ros.cli.pictures.animation import save_animation, save_sequence
from midp_ros.core.statistics import wilson_interval
from midp_ros.recording import load_episodes

MIDP = [sys.executable, "-m", "midp_ros.cli.main"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}


def midp(*arguments, cwd=None):
    command = [*MIDP, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=ENVIRONMENT, timeout=110)


def test_help_names_every_command_and_loads_no_heavy_library():
    done = midp("--help")
    assert done.returncode == 0
    for command in ("demo", "launch", "record", "train", "export", "evaluate", "bench"):
        assert command in done.stdout
    probe = "import sys, midp_ros.cli.app as m; m._register(); print([x for x in ('torch', 'pybullet', 'rclpy', "
    probe += "'onnxruntime', 'pinocchio') if x in sys.modules])"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True).stdout.strip() == "[]"


def test_record_writes_episodes_that_can_be_learned_from_and_continues(tmp_path):
    out = tmp_path / "data"
    done = midp("record", "--task", "reach", "--episodes", 2, "--seed", 5, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "kept 2 episodes" in done.stdout and "0 failed" in done.stdout
    assert midp("record", "--task", "reach", "--episodes", 1, "--seed", 7, "--out", out).returncode == 0
    episodes = load_episodes(out)
    assert [e.info["seed"] for e in episodes] == [5, 6, 7]
    for e in episodes:
        assert e.success and len(e) > 5
        assert np.allclose(np.diff(e.time_s), e.contract.step_s)
        goal, reached = e.column("goal_position")[-1], e.column("tool_position")[-1]
        assert np.linalg.norm(goal - reached) < 0.01


def test_an_interrupted_recording_keeps_what_was_finished(tmp_path):
    out = tmp_path / "data"
    command = [*MIDP, "record", "--task", "reach", "--episodes", "1000", "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    end = time.monotonic() + 60
    while len(list(out.glob("*.mcap"))) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert len(load_episodes(out)) >= 2


def test_evaluate_writes_what_it_measured(tmp_path):
    path = tmp_path / "scores.json"
    done = midp("evaluate", "expert", "--task", "reach", "--episodes", 4, "--seed", 50, "--json", path)
    assert done.returncode == 0, done.stderr
    report = json.loads(path.read_text())
    assert report["success_rate"] == 1.0
    assert report["success_interval"] == list(wilson_interval(4, 4))
    assert report["seeds"] == [50, 53]
    assert [e["seed"] for e in report["episodes"]] == [50, 51, 52, 53]
    assert all(0.1 < e["path_length_m"] < 2 or e["duration_s"] < 1.5 for e in report["episodes"])
    assert report["task"] == "reach" and report["model"] == "expert"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("record", "--task", "dance", "--out", "x"), "unknown task 'dance'; known: pick, push, reach, trace"),
        (("record", "--task", "reach", "--robot", "ur5", "--out", "x"), "unknown robot 'ur5'; known: fr3, panda"),
        (("evaluate", "nothing.onnx", "--task", "pick"), "nothing.onnx"),
        (("train", "nothing.yaml"), "cannot read configuration nothing.yaml"),
        (("export", "nothing.pt", "x.onnx"), "nothing.pt"),
        (("launch", "nothing"), "unknown launch file 'nothing'; known: demo, deploy, record, sim"),
        (("launch", "sim", "colour:=red"), "colour"),
    ],
)
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
