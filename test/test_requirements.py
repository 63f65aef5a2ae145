"""Requirements beside a sourced ROS 2: what pip is asked for there can be installed together, today."""

import json
import os
import re
import subprocess
import sys
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[1]
METADATA = """
import json
from distutils.core import run_setup
done = run_setup("setup.py", stop_after="init")
print(json.dumps([done.install_requires, done.extras_require]))
"""


def packaged(distribution=None):
    """The requirements and extras of the package while the given ROS 2 is sourced."""
    environment = {k: v for k, v in os.environ.items() if k not in ("ROS_DISTRO", "AMENT_PREFIX_PATH")}
    if distribution:
        environment |= {"ROS_DISTRO": distribution, "AMENT_PREFIX_PATH": f"/opt/ros/{distribution}"}
    command = [sys.executable, "-c", "import setuptools" + METADATA]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    required, extras = json.loads(done.stdout.splitlines()[-1])
    return [Requirement(r) for r in required], extras


def listed(name):
    lines = [line.partition("#")[0].strip() for line in (ROOT / "requirements" / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line]


@lru_cache
def offline_because():
    """Why no registry can be asked; empty where one can."""
    command = [sys.executable, "-m", "pip", "--retries", "0", "--timeout", "15", "index", "versions", "ruckig"]
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no answer"])[-1]


def resolve(python, *arguments):
    """Lets pip resolve requirements for another Python from the registry's metadata; installs nothing."""
    if reason := offline_because():
        pytest.skip(f"NOT CHECKED, since pip reaches no package registry: {reason}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    # A target is demanded with the other options; a dry run leaves it alone.
    command += ["--target", "none", "--python-version", python, "--only-binary", ":all:"]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


# Humble's Python and Jazzy's, whatever runs here.
@pytest.mark.parametrize(("distribution", "python"), [("humble", "3.10"), ("jazzy", "3.12")])
def test_the_set_up_beside_a_sourced_ros_resolves(distribution, python):
    limits = [part for name in ("sourced.txt", "numpy_1.txt") for part in ("-c", f"requirements/{name}")]
    resolve(python, *limits, *map(str, packaged(distribution)[0]))
    resolve(python, "--no-deps", "-r", "requirements/pinocchio.txt")


@pytest.mark.parametrize("distribution", ["humble", "jazzy"])
def test_beside_numpy_1_pip_is_not_asked_for_what_needs_numpy_2(distribution):
    required = {r.name: r for r in packaged(distribution)[0]}
    assert "pin" not in required and "eigenpy" not in required
    assert not required["numpy"].specifier.contains("2.0") and required["numpy"].specifier.contains("1.26.4")


@pytest.mark.parametrize(("distribution", "newest"), [("humble", "25.0.1"), ("jazzy", "25.0.1"), (None, "26.0.1")])
def test_pyarrow_is_one_that_numpy_runs_with(distribution, newest):
    """Its metadata do not name numpy: version 26 installs beside numpy 1 and fails when it is imported."""
    held = listed("numpy_1.txt") if distribution else []
    asked = [Requirement(each) for each in packaged(distribution)[1]["data"]] + held
    limits = [each.specifier for each in asked if each.name == "pyarrow"]
    assert limits and all(limit.contains(newest) for limit in limits)
    assert all(limit.contains("26.0.1") for limit in limits) == (distribution is None)


@pytest.mark.parametrize("distribution", [None, "rolling"])
def test_elsewhere_pip_brings_pinocchio(distribution):
    required = {r.name: r for r in packaged(distribution)[0]}
    assert {"pin", "eigenpy"} <= set(required)
    assert required["numpy"].specifier.contains("2.4")


def test_the_list_of_pinocchio_is_complete():
    versions = {r.name: r.specifier for r in listed("pinocchio.txt")}
    for name in versions:
        try:
            needs = [Requirement(r) for r in requires(name) or []]
        except PackageNotFoundError:
            pytest.skip(f"{name} comes from the sourced ROS 2 here")
        for need in needs:
            if need.name == "numpy" or (need.marker and not need.marker.evaluate({"extra": ""})):
                continue
            assert need.name in versions, f"{name} needs {need}"
            (version,) = versions[need.name]
            assert need.specifier.contains(version.version), f"{name} needs {need}, listed is {version}"


def test_a_version_is_the_same_in_all_lists():
    versions = {}
    for name in ("constraints.txt", "pinocchio.txt", "sourced.txt"):
        for requirement in listed(name):
            key = (requirement.name, str(requirement.marker))
            if (name, requirement.name) == ("sourced.txt", "pytest"):
                continue  # an older one, on purpose
            assert versions.setdefault(key, requirement.specifier) == requirement.specifier, f"{name}: {requirement}"


def test_colcon_takes_pytest():
    # It looks for the name in the extra `test`, cut at the first of these signs; else it runs unittest.
    assert "pytest" in {re.split(" |<|=|>|!", r)[0] for r in packaged()[1]["test"]}


def test_what_commands_the_arm_can_be_kept_apart(request):
    """With pytest 9.2 the groups of pytest-xdist 3.8 have no effect."""
    if not request.config.getoption("loadgroup", False):
        pytest.skip("not side by side")
    assert request.node.nodeid.endswith("@test_requirements.py")
