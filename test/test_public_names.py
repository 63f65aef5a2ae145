"""`import midp_ros` costs nothing, and brings every public name."""

import subprocess
import sys

import pytest

import midp_ros


@pytest.mark.processes
def test_the_import_is_light():
    heavy = "('numpy', 'importlib.metadata', 'yaml', 'pinocchio', 'pybullet', 'onnxruntime', 'torch', 'rclpy')"
    code = f"import sys, midp_ros; print([m for m in {heavy} if m in sys.modules], 'load_policy' in dir(midp_ros))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] True"


@pytest.mark.parametrize("name", midp_ros.__all__)
def test_every_name_is_there_and_documented(name):
    assert getattr(midp_ros, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'midp_ros' has no attribute 'load_polcy'"):
        midp_ros.load_polcy  # noqa: B018
