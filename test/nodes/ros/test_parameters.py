"""Parameters: what is declared, what the files in config/ say, and what is refused."""

import math
from pathlib import Path

import pytest
import rclpy
import yaml
from rclpy.parameter import Parameter as RosParameter

from midp_ros.core.errors import UnknownNameError
from midp_ros.nodes.control_box import control_box_node
from midp_ros.nodes.deployment import deployment_node
from midp_ros.nodes.episodes import evaluation_node, recorded_topics, recorder_node
from midp_ros.nodes.policy import expert_node, policy_loop_node, policy_node, replay_node
from midp_ros.nodes.ros import robot_names
from midp_ros.nodes.ros.parameters import Parameter, ParameterError, declare, value
from midp_ros.nodes.stand_in import simulation_node
from midp_ros.nodes.teleop import parameters as teleop_parameters

CONFIG = Path(__file__).parents[3] / "config"
NAMES = robot_names.NAMES
LOOP = (*policy_loop_node.PARAMETERS, *NAMES)
DECLARED = {
    "simulation": simulation_node.PARAMETERS,
    "control_box": control_box_node.PARAMETERS,
    "policy": (*policy_node.PARAMETERS, *LOOP),
    "expert": (*expert_node.PARAMETERS, *LOOP),
    "replay": (*replay_node.PARAMETERS, *LOOP),
    "teleop": (*teleop_parameters.PARAMETERS, *LOOP),
    "recorder": (*recorder_node.PARAMETERS, *recorded_topics.PARAMETERS, *NAMES),
    "evaluation": (*evaluation_node.PARAMETERS, *NAMES),
    "deployment": (*deployment_node.PARAMETERS, *NAMES),
}
SOME = (
    Parameter("speed", 1.0, "of something [m/s]", 0.1, 2.0),
    Parameter("mode", "slow", "how", choices=("slow", "fast")),
    Parameter("count", 3, "how many", 1, 10, changeable=True),
)


@pytest.mark.parametrize("node", DECLARED)
def test_the_file_says_what_the_node_declares(node):
    in_file = yaml.safe_load((CONFIG / f"{node}.yaml").read_text())["/**"]["ros__parameters"]
    declared = {p.name: p.default for p in DECLARED[node]}
    assert {n: repr(v) for n, v in in_file.items()} == {n: repr(v) for n, v in declared.items()}  # NaN equals nothing
    assert all(type(in_file[p.name]) is type(p.default) and p.description for p in DECLARED[node])


def make(ros_context, **given):
    node = rclpy.create_node("some", parameter_overrides=[RosParameter(k, value=v) for k, v in given.items()])
    try:
        declare(node, SOME)
        return {p.name: value(node, p.name) for p in SOME}
    finally:
        node.destroy_node()


def test_values_are_taken_and_whole_numbers_are_numbers(ros_context):
    assert make(ros_context) == {"speed": 1.0, "mode": "slow", "count": 3}
    assert make(ros_context, speed=2, mode="fast", count=10) == {"speed": 2.0, "mode": "fast", "count": 10}


def test_a_path_s_tilde_is_the_home_folder(ros_context, monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    for given, taken in (("~/x.onnx", "/home/someone/x.onnx"), ("x~.onnx", "x~.onnx")):
        node = rclpy.create_node("some", parameter_overrides=[RosParameter("model", value=given)])
        declare(node, (Parameter("model", "pick", "a file", is_path=True),))
        assert value(node, "model") == taken
        node.destroy_node()


def test_an_unknown_parameter_lists_the_known_ones(ros_context):
    with pytest.raises(UnknownNameError, match="unknown parameter of some 'sped'; known: count, mode, speed"):
        make(ros_context, sped=1.0)


def test_an_unknown_choice_lists_the_known_ones(ros_context):
    with pytest.raises(UnknownNameError, match="unknown mode 'warp'; known: fast, slow"):
        make(ros_context, mode="warp")


@pytest.mark.parametrize(
    "given, words",
    [
        ({"speed": 3.0}, r"parameter 'speed' of some is 3.0: need a number from 0.1 to 2 \(.*\)$"),
        ({"speed": math.nan}, "'speed' of some is nan: need a number from 0.1 to 2"),
        ({"speed": "fast"}, "'speed' of some is 'fast': need a number"),
        ({"count": -5}, "'count' of some is -5: need a whole number from 1 to 10"),
        ({"count": "many"}, "'count' of some is 'many': need a whole number"),
    ],
)
def test_values_out_of_range_or_type_say_what_would_be_right(ros_context, given, words):
    with pytest.raises(ParameterError, match=words):
        make(ros_context, **given)


def test_only_what_may_change_changes_while_the_node_runs(ros_context):
    node = rclpy.create_node("some")
    declare(node, SOME)
    results = node.set_parameters([RosParameter("count", value=5), RosParameter("speed", value=0.5)])
    assert [r.successful for r in results] == [True, False]
    assert "read-only" in results[1].reason
    assert [node.describe_parameter(name).read_only for name in ("count", "speed")] == [False, True]
    assert (value(node, "count"), value(node, "speed")) == (5, 1.0)
    node.destroy_node()
