"""Faults of processes: one is stopped, paused or hung while the arm moves. As in test_faults, nobody trips a reflex."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commanded_motion import CommandedMotion
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros.status_conversions import values_from_status
from midp_ros.nodes.ros.task_status import TaskReport

ROOT = Path(__file__).parents[3]
# The episode begins while the others start, on a busy machine for longer than reaching may take.
LONG_EPISODE = "from midp_ros.simulation.tasks.reach import Reach\nReach.time_limit_s = 60.0"


@pytest.fixture
def start_process():
    """Starts a node as a process of its own, and makes sure that it is not left behind."""
    started = []

    def start(node, before="", **parameters):
        arguments = [part for k, v in parameters.items() for part in ("-p", f"{k}:={v}")]
        code = f"{before}\nfrom midp_ros.nodes.{node}_node import main\nmain()"
        command = [sys.executable, "-c", code, "--ros-args", *arguments]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:  # in peace: of a process that is killed the graph keeps the endpoints for a while
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stderr.close()


def test_an_interruption_in_mid_motion_brings_the_arm_to_rest(graph, stand_in, start_process):
    robot = stand_in(interface="position", seed=3, refuse_steps=True)
    motion = CommandedMotion(robot.node)
    process = start_process("expert", task="reach", velocity_fraction=0.3, lead_s=0.15)
    assert graph.spin_until(lambda: motion.moves, 20.0)
    process.send_signal(signal.SIGINT)
    assert graph.spin_until(lambda: process.poll() is not None)
    assert process.returncode == 0 and "Traceback" not in process.stderr.read()
    assert graph.spin_until(lambda: motion.rests)
    motion.assert_smooth()
    assert not robot.node._simulation.status().success, "it was under way"


def test_a_hung_inference_does_not_keep_the_process_from_ending(start_process, graph, stand_in):
    stand_in(task="reach")
    reports = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
    model = ROOT / "models" / "reach.onnx"
    process = start_process("policy", model=model, inference_delay_s=5.0)
    said = lambda: str([s.values for m in reports for s in m.status])  # noqa: E731
    assert graph.spin_until(lambda: "inference has not answered" in said(), 20.0), said()
    process.send_signal(signal.SIGINT)
    assert graph.spin_until(lambda: process.poll() is not None, 3.0)
    assert process.returncode == 0


def test_a_simulation_that_is_paused_catches_up_and_nobody_trips(graph, start_process):
    process = start_process("simulation", LONG_EPISODE, task="reach", interface="position", seed=3)
    reports = graph.heard(graph.probe, DiagnosticStatus, "/task/status")
    diagnostics = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
    graph.build(ExpertNode, task="reach", velocity_fraction=0.15, lead_s=0.15)

    def reason():
        return " ".join(values_from_status(m.status[0])["hold_reason"] for m in diagnostics)

    last = lambda: TaskReport.from_message(reports[-1])  # noqa: E731
    assert graph.spin_until(lambda: reports and last().elapsed_s > 1.5, 20.0)
    process.send_signal(signal.SIGSTOP)
    diagnostics.clear()
    graph.spin_for(1.5)  # of 2.5 that are made up for, and of 3 without a word from the robot
    process.send_signal(signal.SIGCONT)
    assert graph.spin_until(lambda: "stale observation" in reason()), reason()
    assert graph.spin_until(lambda: last().success, 30.0), last()
    assert last().reflexes == 0
