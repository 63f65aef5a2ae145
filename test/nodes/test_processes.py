"""Nodes as processes of their own: episodes end to end, clean stops, clear errors."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from std_srvs.srv import Trigger

from midp_ros.core.contract import Contract
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.recording import load_episodes

ROOT = Path(__file__).parents[2]
CONTRACT = Contract.load(ROOT / "config" / "contracts" / "reach.yaml")
ERRORS = re.compile("Traceback|leaked")  # leaks: what nanobind prints of ruckig's objects that outlive the interpreter

LAUNCH = """
import json, sys
from midp_ros.cli.launch import load
from midp_ros.launching import run
sys.exit(run(load(sys.argv[1], json.loads(sys.argv[2]))))
"""


class Processes:
    """Starts nodes and makes sure that none is left behind."""

    def __init__(self):
        self.running = []

    def start(self, node, **parameters):
        arguments = [part for k, v in parameters.items() for part in ("-p", f"{k}:={v}")]
        command = [sys.executable, "-m", f"midp_ros.nodes.{node}_node"]
        return self._start([*command, "--ros-args", *arguments] if arguments else command)

    def launch(self, name, **arguments):
        return self._start([sys.executable, "-c", LAUNCH, name, json.dumps(arguments)])

    def _start(self, command):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.running.append(process)
        return process

    def stop(self):
        """What they said shows where a test fails."""
        for process in self.running:
            if process.stdout.closed:
                continue  # it has been waited for
            process.send_signal(signal.SIGINT)  # a launch stops its nodes
            try:
                output, _ = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                output, _ = process.communicate()
            print(output)


@pytest.fixture
def processes():
    started = Processes()
    yield started
    started.stop()


def interrupt(process):
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    return process.returncode, output


def test_the_recorder_writes_from_topics_what_can_be_trained_on(processes, tmp_path):
    record = processes.launch("record", task="reach", episodes="2", seed="40", out=str(tmp_path))
    output, _ = record.communicate(timeout=90)
    assert record.returncode == 0, output
    assert "done: kept 2, failed 0, rate 1.000" in output and not ERRORS.search(output)
    episodes = load_episodes(tmp_path, contract=CONTRACT)
    assert [(e.info["seed"], e.success, e.info["task"]) for e in episodes] == [(40, True, "reach"), (41, True, "reach")]
    for episode in episodes:
        assert len(episode) > 5  # fewer than the 12 of a quiet machine, which receives each in time
        assert np.median(np.diff(episode.time_s)) == pytest.approx(CONTRACT.step_s, abs=0.03)
        tool, goal = episode.column("tool_position"), episode.column("goal_position")
        assert (goal == goal[0]).all()
        assert np.linalg.norm(tool[-1] - goal[-1]) < 0.01
        # The action of a step is where the tool should be one step later: nearer than where it was.
        ahead = np.linalg.norm(episode.action[:-2, :3] - tool[2:], axis=1)
        assert ahead.mean() < np.linalg.norm(tool[:-2] - tool[2:], axis=1).mean()
    assert not np.allclose(episodes[0].column("goal_position")[0], episodes[1].column("goal_position")[0])


def test_a_launched_expert_does_the_task_and_an_interruption_stops_all_cleanly(processes, graph):
    reports = graph.heard(graph.probe, DiagnosticStatus, "/task/status")
    launch = processes.launch("sim", task="reach", expert="true", policy="false")
    last = lambda: TaskReport.from_message(reports[-1])  # noqa: E731
    assert graph.spin_until(lambda: reports and last().done, 30.0)
    if not last().success:  # on a busy machine the first episode may be over before the expert has started
        assert graph.call(Trigger, "/task/reset").success
        assert graph.spin_until(lambda: last().success, 30.0), last()
    code, output = interrupt(launch)
    assert code == 0 and not ERRORS.search(output), output
    graph.spin_for(0.5)  # what came while nobody looked
    reports.clear()
    graph.spin_for(0.5)
    assert not reports


def test_streamed_targets_do_the_task_and_the_evaluation_scores_it(processes, tmp_path):
    simulation = processes.start("simulation", task="pick", controller="stream")
    expert = processes.start("expert", task="pick", autostart="false", output="stream")
    scores = tmp_path / "scores.json"
    evaluation = processes.start("evaluation", policy="expert", episodes=1, seed=7, json=str(scores))
    output, _ = evaluation.communicate(timeout=90)
    assert evaluation.returncode == 0, output
    report = json.loads(scores.read_text())
    assert report["success_rate"] == 1.0, report
    (episode,) = report["episodes"]
    assert episode["seed"] == 7 and 1.0 < episode["duration_s"] < 15.0 and episode["position_error_m"] < 0.05
    assert 0.0 < episode["action_rate_hz"] < 11.0
    lift = np.array(report["replay"]["object_position"])[:, 2]
    assert lift[-1] - lift[0] > 0.1
    assert len(report["replay"]["time_s"]) == len(report["replay"]["joint_position"]) == len(lift)
    for process in (simulation, expert):
        assert interrupt(process)[0] == 0


@pytest.mark.parametrize("node", ["simulation", "expert", "recorder", "evaluation"])
def test_an_interruption_ends_every_node_cleanly(processes, node, tmp_path):
    process = processes.start(node, **({"out": str(tmp_path)} if node == "recorder" else {}))
    assert any("ready" in line for line in process.stdout)  # stops at the first
    code, output = interrupt(process)
    assert code == 0 and not ERRORS.search(output), output


@pytest.mark.parametrize(
    "node, given, words",
    [
        ("simulation", {"task": "fly"}, "unknown task 'fly'; known: avoid, "),
        ("expert", {"robot": "ur5"}, "unknown robot 'ur5'; known: fr3"),
        ("recorder", {"episods": 3}, "unknown parameter of recorder 'episods'; known: arm_prefix, before_s, bell"),
        ("policy", {"model": "none.onnx"}, "none.onnx"),
    ],
)
def test_a_user_s_error_is_one_line_and_code_one(processes, node, given, words):
    process = processes.start(node, **given)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "error: " in output and words in output and not ERRORS.search(output)
