"""`midp launch`: names, arguments, statuses, and the choice between the interpreter and ROS's own launch."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
import typer

from midp_ros.cli import launch as cli
from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.package_files import package_directory


def test_names_are_listed(capsys):
    cli.launch(list_files=True)
    assert {"demo", "record", "sim"} <= set(capsys.readouterr().out.split())


def test_arguments_are_shown_with_defaults(capsys):
    cli.launch("sim", show_args=True)
    (line,) = [n for n in capsys.readouterr().out.splitlines() if n.startswith("robot ")]
    assert "default 'fr3'" in line


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="unknown launch file 'simm'; known: .*record, sim"):
        cli.launch("simm")


def test_an_argument_without_a_value_is_refused():
    with pytest.raises(MidpError, match="written name:=value, got 'task=reach'"):
        cli.launch("sim", ["task=reach"])


def test_an_undeclared_argument_lists_the_known_ones():
    with pytest.raises(MidpError, match="declares no argument 'taks'; known: .*task"):
        cli.load("sim", {"taks": "reach"})


NODE = '<node pkg="midp_ros" exec="deployment_node" on_exit="shutdown"/>'


def launched_file(path, body):
    path.write_text(f"<launch>{body}</launch>")
    cli.launch(str(path))


@pytest.mark.processes
def test_the_status_of_a_node_that_ends_is_the_command_s(tmp_path, monkeypatch):
    monkeypatch.setenv("ROS_DISTRO", "jazzy")  # as in a sourced shell, where it was ros2 launch's 0 once
    with pytest.raises(typer.Exit) as ended:
        launched_file(tmp_path / "a.xml", NODE.replace("/>", "><param name='robot' value='ur5'/></node>"))
    assert ended.value.exit_code == 1


def test_a_python_file_takes_ros_s_own_launch(tmp_path, monkeypatch):
    body = '<include file="$(dirname)/robot.launch.py"/>'
    monkeypatch.setattr(cli, "has_ros2_launch", lambda: False)
    with pytest.raises(MidpError, match="only `ros2 launch` can"):
        launched_file(tmp_path / "a.launch.xml", body)
    monkeypatch.setattr(cli, "has_ros2_launch", lambda: True)
    monkeypatch.setattr(cli, "run_by_ros2_launch", lambda path, arguments: 3)
    with pytest.raises(typer.Exit) as ended:
        launched_file(tmp_path / "a.launch.xml", body)
    assert ended.value.exit_code == 3


def test_humble_s_launch_knows_no_on_exit(monkeypatch):
    monkeypatch.setattr(cli, "find_spec", lambda name: object())
    monkeypatch.setenv("ROS_DISTRO", "jazzy")
    assert cli.has_ros2_launch()
    monkeypatch.setenv("ROS_DISTRO", "humble")
    assert not cli.has_ros2_launch()


SOURCED = Path("/opt/ros/jazzy/setup.bash")


@pytest.mark.skipif(not SOURCED.is_file(), reason="needs a ROS 2 Jazzy in /opt/ros")
@pytest.mark.parametrize("body, status", [("exit 3", 1), ("exit 0", 0)])
@pytest.mark.processes
def test_under_ros_s_own_launch_a_node_that_dies_is_status_1(tmp_path, body, status):
    """`ros2 launch` itself ends with 0."""
    (tmp_path / "a.launch.py").write_text(
        "from launch import LaunchDescription\nfrom launch.actions import ExecuteProcess\n"
        f"def generate_launch_description(): return LaunchDescription([ExecuteProcess(cmd=['sh', '-c', '{body}'])])"
    )
    code = (
        "import sys; from pathlib import Path; from midp_ros.launching import run_by_ros2_launch; "
        f"sys.exit(run_by_ros2_launch(Path({str(tmp_path / 'a.launch.py')!r}), {{}}))"
    )
    clean = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "_ROS_WHEELS_BOOTSTRAP_COMPLETE")}
    script = f". {SOURCED}; PYTHONPATH=$PYTHONPATH:{package_directory()} /usr/bin/python3 -c {shlex.quote(code)}"
    done = subprocess.run(["bash", "-c", script], env=clean, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["sim", "demo"])
def test_a_model_of_another_task_is_refused_before_anything_starts(name):
    with pytest.raises(MidpError, match=r"pick\.onnx has learned 'pick', not 'reach': give task:=pick"):
        cli.run_launch(name, {"task": "reach", "model": "pick"})


def test_models_of_the_task_and_launches_without_a_policy_are_accepted():
    for given in ({"task": "reach"}, {"model": "reach"}, {"task": "reach", "model": "reach_10step"}):
        cli.require_models_of_tasks(cli.load("sim", given))
    without = {"task": "reach", "model": "pick", "policy": "false", "expert": "true"}
    cli.require_models_of_tasks(cli.load("sim", without))
