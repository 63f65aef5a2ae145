"""`midp launch`: names, arguments, and the choice between `ros2 launch` and the interpreter."""

import os
import sys

import pytest

from midp_ros.cli import launch as cli
from midp_ros.core.errors import MidpError, UnknownNameError


def test_names_are_listed(capsys):
    cli.launch(list_files=True)
    assert {"demo", "record", "sim"} <= set(capsys.readouterr().out.split())


def test_arguments_are_shown_with_defaults(capsys):
    cli.launch("sim", show_args=True)
    (line,) = [n for n in capsys.readouterr().out.splitlines() if n.startswith("task ")]
    assert "default 'pick'" in line


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="unknown launch file 'simm'; known: .*record, sim"):
        cli.launch("simm")


def test_an_argument_without_a_value_is_refused():
    with pytest.raises(MidpError, match="written name:=value, got 'task=reach'"):
        cli.launch("sim", ["task=reach"])


def test_an_undeclared_argument_lists_the_known_ones():
    with pytest.raises(MidpError, match="declares no argument 'taks'; known: .*task"):
        cli.load("sim", {"taks": "reach"})


@pytest.fixture
def ros2(tmp_path, monkeypatch):
    """A ROS 2 with this package built by colcon, whose `ros2` writes down what it is called with."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib" / "midp_ros").mkdir(parents=True)
    script = tmp_path / "bin" / "ros2"
    script.write_text('#!/bin/sh\necho "$ROS_AUTOMATIC_DISCOVERY_RANGE $@" > "$(dirname "$0")/called"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    monkeypatch.setenv("ROS_DISTRO", "jazzy")
    monkeypatch.delenv("ROS_AUTOMATIC_DISCOVERY_RANGE", raising=False)
    return tmp_path / "bin" / "called"


def test_ros2_launch_runs_the_same_file_where_it_can(ros2):
    pid = os.fork()
    if pid == 0:
        cli.launch("sim", ["task:=reach", "seed:=3"])
        os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    assert ros2.read_text().split() == ["LOCALHOST", "launch", str(cli.launch_file("sim")), "task:=reach", "seed:=3"]


def test_the_interpreter_is_used_where_ros2_launch_cannot_find_the_package(ros2, monkeypatch):
    assert cli.uses_ros2_launch()
    monkeypatch.setenv("AMENT_PREFIX_PATH", sys.prefix)
    assert not cli.uses_ros2_launch()


def test_the_interpreter_is_used_under_humble_which_knows_no_on_exit(ros2, monkeypatch):
    monkeypatch.setenv("ROS_DISTRO", "humble")
    assert not cli.uses_ros2_launch()
