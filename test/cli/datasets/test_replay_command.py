"""`midp data replay`: what was recorded in the simulation comes back in it, and on a running graph."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from midp_ros.cli.app import command_line
from midp_ros.cli.datasets import replay_on_graph
from midp_ros.core.errors import ContractMismatchError, MidpError

MIDP = [sys.executable, "-m", "midp_ros.cli.main"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """An undisturbed episode of `reach`."""
    out = tmp_path_factory.mktemp("replay") / "reach"
    command_line().main(
        ["record", "--task", "reach", "--episodes", "1", "--seed", "4", "--disturb-m", "0", "--out", str(out)],
        standalone_mode=False,
    )
    return out / "episode_000000.mcap"


def differences_mm(shown):
    found = re.search(r"tool position \[mm\]\D+([\d.]+)\D+([\d.]+)", shown)
    return float(found[1]), float(found[2])


def test_an_undisturbed_episode_comes_back(recorded, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code = command_line().main(["data", "replay", str(recorded), "--yes"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert not code and "outcome: success; recorded: success" in shown and "largest joint motion" in shown
    mean, largest = differences_mm(shown)
    assert mean < 1.5 and largest < 10, "the largest is the jerk-limited start"


def test_the_outcome_is_not_judged_without_the_drawn_path(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    record = ["record", "--task", "trace", "--path", "circle", "--episodes", "1", "--out", str(tmp_path)]
    command_line().main(record, standalone_mode=False)
    replay = ["data", "replay", str(tmp_path / "episode_000000.mcap"), "--yes"]
    assert not command_line().main(replay, standalone_mode=False)
    shown = capsys.readouterr().out
    assert "outcome: not judged, the drawn path circle.svg is not part of the recording; recorded: success" in shown


def test_another_robot_does_not_play_it_on_a_graph(recorded):
    with pytest.raises(ContractMismatchError, match="contract is for robot 'fr3', the robot is 'panda'"):
        command_line().main(
            ["data", "replay", str(recorded), "--onto", "graph", "--robot", "panda"], standalone_mode=False
        )


def test_a_folder_is_no_episode(recorded):
    with pytest.raises(MidpError, match="is a folder of episodes; give one of them, e.g. .*episode_000000.mcap"):
        command_line().main(["data", "replay", str(recorded.parent)], standalone_mode=False)


@pytest.mark.processes
def test_a_replay_that_stands_still_is_said_and_one_that_hangs_is_ended(tmp_path, capsys, monkeypatch):
    for name in ("STILL_S", "LEAVE_S"):
        monkeypatch.setattr(replay_on_graph, name, 0.2)
    report = tmp_path / "report.json"
    report.write_text('{"done": 3, "steps": 9}')
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1)"])
    with pytest.raises(MidpError, match="the replay ended after 3 of 9 steps"):
        replay_on_graph._follow(process, report)
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("the replay stands still at step 3: `midp status --node replay` gives the reason") == 1
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process.send_signal(signal.SIGSTOP)
    replay_on_graph._end(process)
    assert process.returncode is not None


@pytest.mark.processes
def test_it_is_replayed_onto_a_running_graph(recorded, tmp_path):
    environment = {**os.environ, "COLUMNS": "200", "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    log = (tmp_path / "simulation.log").open("w")
    command = [sys.executable, "-m", "midp_ros.nodes.simulation_node", "--ros-args", "-p", "task:=reach"]
    arm = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        done = subprocess.run(
            [*MIDP, "data", "replay", str(recorded), "--onto", "graph", "--yes"],
            capture_output=True, text=True, env=environment, timeout=100,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "from the recorded start; it goes there slowly" in done.stdout
        mean, largest = differences_mm(done.stdout)
        assert mean < 10 and largest < 40, f"in real time, on a machine that may be busy: {done.stdout}{done.stderr}"
    finally:
        arm.send_signal(signal.SIGINT)
        arm.wait(20)
        log.close()
