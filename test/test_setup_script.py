"""scripts/setup.sh: it refuses in one line what cannot work; a failed set-up leaves nothing running or half done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[1]
BUILD = """
import os, pathlib, time
from work_folder import work_folder
with work_folder(pathlib.Path(".venv").resolve()) as folder:
    pathlib.Path("building").write_text(str(os.getpid()))
    time.sleep(60)
"""
# pip: installs what the messages need, and fails at the package itself once these are being built.
PIP = f"""#!/bin/bash
case "$*" in
    *" -e "*) until [ -s building ]; do sleep 0.05; done; echo "no matching distribution"; exit 1 ;;
    *"-m pip"*) ;;
    *) exec "{sys.executable}" "$@" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A copy of all that the script reads, with an environment that is already there."""
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "setup.py", tmp_path)
    (tmp_path / "interfaces").mkdir()
    shutil.copy(ROOT / "interfaces" / "work_folder.py", tmp_path / "interfaces")
    (tmp_path / "interfaces" / "build.py").write_text(BUILD)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PIP)
    python.chmod(0o755)
    return tmp_path


def set_up(checkout, distribution=None, **variables):
    ros = ("ROS_DISTRO", "AMENT_PREFIX_PATH", "PYTHONPATH", "PYTHON", "LD_LIBRARY_PATH")
    environment = {k: v for k, v in os.environ.items() if k not in ros}
    if distribution:
        environment |= {"ROS_DISTRO": distribution, "AMENT_PREFIX_PATH": f"/opt/ros/{distribution}"}
    command = [str(checkout / "scripts" / "setup.sh"), "base"]
    return subprocess.run(command, env=environment | variables, capture_output=True, text=True, timeout=60)


def test_a_failed_set_up_ends_its_build_and_removes_what_that_wrote(checkout):
    done = set_up(checkout)
    assert done.returncode == 1
    assert "no matching distribution" in done.stderr and "failed: midp_ros" in done.stderr
    assert not (checkout / ".venv" / ".interfaces").exists()
    assert not Path("/proc", (checkout / "building").read_text()).exists()


def test_a_set_up_ends_with_what_to_do_next(checkout):
    (checkout / "interfaces" / "build.py").write_text("")
    (checkout / ".venv" / "bin" / "python").write_text("#!/bin/bash\nexit 0\n")
    done = set_up(checkout)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == (
        "set up. The command is .venv/bin/midp (--help lists all); 'make demo' shows the arm at work."
    )


@pytest.mark.parametrize(("made_for", "here"), [("none", "jazzy"), ("jazzy", None), ("humble", "jazzy")])
def test_an_environment_of_another_ros_is_refused(checkout, made_for, here):
    (checkout / ".venv" / ".made_for").write_text(f"{made_for}\n")
    done = set_up(checkout, here)
    assert done.returncode == 1 and not done.stdout
    (line,) = done.stderr.splitlines()
    assert "'make clean'" in line
    assert all(name in line for name in (made_for, here) if name not in ("none", None))


def test_a_ros_of_another_python_is_refused(checkout):
    shutil.rmtree(checkout / ".venv")
    bare = sys._base_executable  # without the packages of this environment
    done = set_up(checkout, "jazzy", PYTHON=bare)
    assert done.returncode == 1
    assert done.stderr.startswith(f"ROS 2 jazzy is sourced, but {bare} cannot import its rclpy")
    assert len(done.stderr.splitlines()) == 2 and not (checkout / ".venv").exists()


def test_the_prefixes_are_added_once(tmp_path):
    lines = [f". {ROOT / 'scripts' / 'ament_setup.sh'}", *["_midp_prepend MIDP_TEST_PATH /a"] * 2]
    lines += ["_midp_prepend MIDP_TEST_PATH /b", "sh -c 'echo $MIDP_TEST_PATH'"]
    environment = {**os.environ, "ROS_DISTRO": "jazzy"}
    for shell in filter(shutil.which, ("sh", "bash", "zsh")):
        command = [shell, "-uec", "\n".join(lines)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == "/b:/a\n" and not done.stderr


def test_make_alone_prints_its_targets_and_nothing_else():
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(line.startswith(("make ", "PYTHON=")) for line in done.stdout.splitlines())
    assert "make demo" in done.stdout
