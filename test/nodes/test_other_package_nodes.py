"""The nodes, the launch files and the doctor know a task, a robot and a reader of a package outside the repository."""

import json
import signal
import subprocess
import sys

import pytest
from outside import ROOT, install, write_package

from midp_ros.core.seams import TASKS
from midp_ros.recording import load_episodes

MIDP = [sys.executable, "-m", "midp_ros.cli.main"]
READ = """
from geometry_msgs.msg import AccelStamped
from midp_ros.core.contract import Entry
from midp_ros.core.errors import ContractError
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.readers import entry_reader, message_class
entry = Entry("acceleration", 3, "m/s^2", topic="/accel", type="geometry_msgs/msg/AccelStamped", field="accel.linear")
message = message_class(entry.type)()
assert isinstance(message, AccelStamped)
message.accel.linear.y = 2.5
print(entry_reader(entry, RobotProfile.load("slow_fr3"))(message).tolist())
try:
    entry_reader(Entry("acceleration", 6, "m/s^2", topic="/accel", type=entry.type), None)
except ContractError as e:
    print(e)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outside")
    return {**install(write_package(folder), folder / "site"), "PYTHONUNBUFFERED": "1"}


def python(environment, *arguments, **options):
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=90, **options)


def test_simulation_expert_and_recorder_run_it_and_the_doctor_finds_what_its_contract_needs(environment, tmp_path):
    arguments = ["task:=hover", "robot:=slow_fr3", "policy:=false", "expert:=true", "autostart:=false"]
    launch = subprocess.Popen(
        [*MIDP, "launch", "sim", *arguments], env=environment, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        recorder = python(
            environment, "-m", "midp_ros.nodes.recorder_node", "--ros-args", "-p", "task:=hover",
            "-p", "robot:=slow_fr3", "-p", "episodes:=1", "-p", f"out:={tmp_path}",
        )  # fmt: skip
        assert recorder.returncode == 0, recorder.stdout + recorder.stderr
        doctor = python(
            environment, *MIDP[1:], "doctor", "--contract", "hover", "--robot", "slow_fr3", "--seconds", 1, "--json"
        )
    finally:
        launch.send_signal(signal.SIGINT)
        output, _ = launch.communicate(timeout=30)
    assert launch.returncode == 0, output
    (episode,) = load_episodes(tmp_path)
    assert episode.success and episode.contract.skill == "hover" and episode.info["robot"] == "slow_fr3"
    report = json.loads(doctor.stdout)
    rows = [row for row in report["rows"] if row["check"].startswith("/task/plate_pose")]
    assert rows and all(row["status"] == "ok" for row in rows), report
    assert not [row for row in report["rows"] if row["status"] == "failed"]


def test_a_task_that_no_package_brings_is_refused_with_those_that_are_there(environment):
    command = ["-m", "midp_ros.nodes.simulation_node", "--ros-args", "-p", "task:=hovr"]
    done = python(environment, *command)
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()[-1]
    known = said.removeprefix("error: unknown task 'hovr'; known: ").removesuffix("; did you mean 'hover'?").split(", ")
    assert known == sorted([*TASKS, "hover (hover_task)"])


def test_its_reader_reads_a_further_message_type(environment):
    done = python(environment, "-c", READ)
    assert done.returncode == 0, done.stderr
    values, refused = done.stdout.splitlines()
    assert values == "[0.0, 2.5, 0.0]"
    assert refused.startswith("observation 'acceleration' cannot be read over ROS: field '' of size 6")
    assert refused.endswith("known: accel.linear of size 3")
