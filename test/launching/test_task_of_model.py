"""Which task a launch file runs: the one that is named, else that of the model's contract, else pick."""

import pytest
import yaml

from midp_ros.core.package_files import package_path
from midp_ros.launching import LaunchDescription


def chosen(name, **arguments):
    """Task and model of each node that takes them."""
    description = LaunchDescription.load(package_path("launch", f"{name}.launch.xml"), arguments)
    found = {}
    for process in description.processes:
        values = {}
        for each in process.parameters:
            data = yaml.safe_load(each) if isinstance(each, str) else {}
            values |= data.get("/**", {}).get("ros__parameters", {})
        found[process.label] = values.get("task"), values.get("model")
    return found


@pytest.mark.parametrize(
    "given, task, model",
    [
        ({}, "pick", "pick"),
        ({"task": "reach"}, "reach", "reach"),
        ({"model": "/x/my_own.onnx"}, "", "/x/my_own.onnx"),
        ({"task": "reach", "model": "reach_10step"}, "reach", "reach_10step"),
    ],
)
def test_simulation_and_evaluation_run_what_the_model_has_learned(given, task, model):
    for name, nodes in (("sim", ("franka_simulation",)), ("demo", ("franka_simulation", "evaluation"))):
        found = chosen(name, **given)
        assert {found[node] for node in nodes} == {(task, model)}
        assert found["policy"][1] == model


def test_a_rehearsed_deployment_runs_what_the_model_has_learned():
    found = chosen("deploy", stand_in="true", model="/x/my_own.onnx")
    assert found["franka_simulation"] == ("", "/x/my_own.onnx") and found["policy"][1] == "/x/my_own.onnx"
    found = chosen("deploy", stand_in="true", model="/x/my_own.onnx", task="push")
    assert found["franka_simulation"][0] == "push"
