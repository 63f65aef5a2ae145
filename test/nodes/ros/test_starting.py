"""The start of the nodes' processes and of `midp`: quiet when interrupted, one line for what is wrong around them."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from midp_ros.nodes.ros.environment import import_problem

ROOT = Path(__file__).parents[3]
CODE = """
import os
from midp_ros.nodes.ros.starting import load
load("ros.conversions:stamp_from_seconds")
import numpy
print(len(os.listdir("/proc/self/task")))
"""
ENDING = """
import sys, threading, time
from midp_ros.nodes.ros.starting import process

class Destroyed:
    def __del__(self, wait=time.sleep):
        wait(60)  # as a library that never ends

def work():
    time.sleep(0.2)
    print("thread has ended")

with process():
    import atexit
    atexit.register(print, "at exit")
    kept = Destroyed()
    print("worked")
    threading.Thread(target=work).start()
    {}
"""
PIPE_BYTES = 4096  # so little that a process which tells of its imports waits for whoever reads them
LIGHT = {"midp_ros.nodes.ros.starting", "midp_ros.nodes.ros.real_time"}


def start(module, *options, **environment):
    return subprocess.Popen(
        [sys.executable, *options, "-m", module],
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        pipesize=PIPE_BYTES,
    )  # fmt: skip


def interrupted_while_it_loads(module, loaded, number=signal.SIGINT):
    """Status and output of a process that gets a signal when it loads a package."""
    process, lines = start(module, "-X", "importtime"), []
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith("import time:") and line.split("|")[-1].strip().startswith(loaded):
            break
    process.send_signal(number)
    lines += [line.strip() for line in process.stdout]  # communicate() would lose what is buffered here
    return process.wait(timeout=20), [line for line in lines if line and not line.startswith("import time:")]


@pytest.mark.parametrize(
    "node, loaded, number",
    [("policy", "numpy", signal.SIGINT), ("simulation", "rclpy", signal.SIGINT), ("doctor", "rclpy", signal.SIGTERM)],
)
def test_a_node_is_quiet_while_it_loads(node, loaded, number):
    assert interrupted_while_it_loads(f"midp_ros.nodes.{node}_node", loaded, number) == (0, [])


def test_midp_is_quiet_while_it_loads():
    assert interrupted_while_it_loads("midp_ros.cli.main", "typer") == (128 + signal.SIGINT, [])


@pytest.mark.parametrize("path", sorted((ROOT / "midp_ros" / "nodes").glob("[a-z]*.py")), ids=lambda p: p.stem)
def test_an_entry_point_loads_nothing_heavy_before_it_can_be_interrupted(path):
    imported = {node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
    assert "midp_ros.nodes.ros.starting" in imported and imported <= LIGHT


def test_a_launch_is_quiet_while_its_nodes_start():
    process = start("midp_ros.cli.main")
    process.communicate(timeout=30)  # the files are in the page cache now
    command = [sys.executable, "-m", "midp_ros.cli.main", "launch", "sim", "task:=reach"]
    launch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    children = Path(f"/proc/{launch.pid}/task/{launch.pid}/children")
    while len(children.read_text().split()) < 2:
        assert launch.poll() is None
    launch.send_signal(signal.SIGINT)
    output, _ = launch.communicate(timeout=30)
    assert launch.returncode == 0 and "interrupted; stopping" in output
    assert "Traceback" not in output and "KeyboardInterrupt" not in output and "SIGINT" not in output, output


def one_error(process):
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1 and "Traceback" not in output
    (line,) = output.splitlines()
    assert line.startswith("error: ")
    return line


def test_a_domain_that_cannot_be_is_one_line():
    assert "ROS_DOMAIN_ID is 'abc'" in one_error(start("midp_ros.nodes.policy_node", ROS_DOMAIN_ID="abc"))


def test_an_rclpy_for_another_python_is_one_line(tmp_path):
    foreign = tmp_path / "rclpy"
    foreign.mkdir()
    (foreign / "__init__.py").write_text("raise ImportError(\"No module named 'rclpy._rclpy_pybind11'\")")
    (foreign / "_rclpy_pybind11.cpython-38-x86_64-linux-gnu.so").touch()
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    line = one_error(start("midp_ros.nodes.expert_node", PYTHONPATH=path))
    assert f"rclpy in {tmp_path} is built for cpython-38" in line and "PYTHONPATH" in line


def test_a_home_that_cannot_be_written_moves_the_logs(tmp_path):
    settings = {"HOME": "/proc", "ROS_LOG_DIR": "", "TMPDIR": str(tmp_path)}
    process = start("midp_ros.nodes.deployment_node", **settings)
    line = next(process.stdout)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert line.startswith("warning: cannot write logs to /proc/.ros/log") and "ROS_LOG_DIR" in line


def test_numpy_starts_no_threads_in_a_node():
    unset = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS")
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"], "threads that spin with the real-time priority of the node's"


@pytest.mark.parametrize(
    "ending, status, said",
    [("pass", 0, ""), ("sys.exit(3)", 3, ""), ("sys.exit('no robot')", 1, "no robot\n"), ("1 / 0", 1, "by zero\n")],
)
def test_a_node_s_process_leaves_with_its_status_and_without_destructors_of_libraries(ending, status, said):
    done = subprocess.run([sys.executable, "-c", ENDING.format(ending)], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (status, "worked\nthread has ended\nat exit\n"), done.stderr
    assert done.stderr.endswith(said) and bool(done.stderr) == bool(said)


@pytest.mark.parametrize(
    "module, remedy",
    [("viser", "pip install 'midp_ros[viewer]' brings it"), ("numpy", "`make setup` installs all of it")],
)
def test_a_package_that_is_missing_is_named_with_what_installs_it(module, remedy):
    problem = import_problem(ModuleNotFoundError(f"No module named '{module}'", name=module))
    assert problem == f"this node cannot load what it needs: No module named '{module}'; {remedy}"
