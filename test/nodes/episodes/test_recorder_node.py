"""What is on the policy's ~/action that is not the contract's is left out of a recording, which goes on."""

import numpy as np
import pytest
from rcl_interfaces.msg import Log
from sensor_msgs.msg import JointState

from midp_ros.core.contract import Contract
from midp_ros.nodes.episodes.evaluation_node import EvaluationNode
from midp_ros.nodes.episodes.recorder_node import RecorderNode
from midp_ros.nodes.ros.conversions import action_message
from midp_ros.nodes.ros.task_status import TaskReport

CONTRACT = Contract.load("reach")
ACTION = np.linspace(0.1, 0.9, CONTRACT.action_size)


def spoiled(**changes):
    message = action_message(CONTRACT, 5.0, ACTION)
    for name, value in changes.items():
        setattr(message, name, value)
    return message


FOREIGN = {
    "empty": JointState(),
    "of another contract": JointState(name=["tool_position[0]"], position=[1.0]),
    "without numbers": spoiled(position=[]),
    "with too many": spoiled(position=[0.0] * 50),
    "with NaN": spoiled(position=[float("nan")] * CONTRACT.action_size),
    "infinite": spoiled(position=[float("inf")] * CONTRACT.action_size),
    "with a name twice": spoiled(name=["tool_position[0]"] * CONTRACT.action_size),
}


@pytest.fixture
def recorder(graph, tmp_path, monkeypatch):
    """In an episode, and with all observations there."""
    node = graph.build(RecorderNode, task="reach", out=str(tmp_path))
    monkeypatch.setattr(node._supervisor, "observe", lambda *arguments: np.zeros(CONTRACT.observation_size))
    node._start()
    return node


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_action_is_left_out_and_the_next_one_recorded(recorder, foreign):
    recorder._on_action(action_message(CONTRACT, 1.0, ACTION))
    recorder._on_action(foreign)
    recorder._on_action(action_message(CONTRACT, 1.1, ACTION))
    assert recorder._writer.steps == 2 and recorder._left_out == 1


def test_actions_of_a_second_policy_that_are_not_later_are_left_out(recorder):
    for time_s in (1.0, 1.1, 1.1, 1.05, 1.2):
        recorder._on_action(action_message(CONTRACT, time_s, ACTION))
    assert recorder._writer.steps == 3


def test_it_warns_once(graph, recorder):
    logs = graph.heard(graph.probe, Log, "/rosout", 100)
    for _ in range(5):
        recorder._on_action(JointState())
    recorder.get_logger().warning("that is all")
    assert graph.spin_until(lambda: any("that is all" in log.msg for log in logs))
    assert sum("was left out" in log.msg for log in logs) <= 1  # another test's node may have been the one


def test_an_evaluation_that_ends_early_keeps_the_scores_so_far(graph, tmp_path):
    scores = tmp_path / "scores.json"
    node = graph.build(EvaluationNode, task="reach", episodes=5, json=str(scores))
    node.close()
    assert not scores.exists(), "no episode was run to its end"
    report = TaskReport("reach", "fr3", 7, 1, 2.0, True, True, 0.002, 0.01)
    node._report.end(report, {"action": 20}, 0.0, 2.0)
    node.close()
    assert '"seed": 7' in scores.read_text()
