"""franky, unmodified: its motions, its reactions, a reflex and the way out of it, settings and gripper."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(find_spec("franky") is None, reason="extra fci"),
]
SESSION = Path(__file__).with_name("franky_session.py")
FAILS = {"too fast"}


@pytest.fixture(scope="module")
def session(served):
    """What each step gave, by its name."""
    served.server.set_pacing("client")
    served.place()
    # Of another process: franky registers the types that pylibfranka has registered.
    done = subprocess.run([sys.executable, str(SESSION), served.host], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
    return {line["step"]: line for line in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="module", autouse=True)
def alone(request, served):
    """The robot's port without libfranka's client of the other tests."""
    connected = request.getfixturevalue("connected")
    connected.disconnect()
    yield
    connected.connect()


def moved(session, name, before, what="q"):
    return np.array(session[name][what]) - session[before][what]


def test_every_motion_is_executed_without_a_complaint(session):
    assert {name for name, line in session.items() if line["error"]} == FAILS
    assert not any(line["errors"] for name, line in session.items() if name not in FAILS)


def test_motions_arrive(session):
    np.testing.assert_allclose(moved(session, "joint", "start"), 0.05, atol=1e-3)
    np.testing.assert_allclose(moved(session, "waypoints", "start"), 0.03, atol=1e-3)
    away = moved(session, "cartesian", "waypoints", "x")
    assert np.linalg.norm(away) == pytest.approx(np.hypot(0.03, 0.02), abs=1e-3)
    assert (moved(session, "joint velocity", "cartesian") > 0.01).all()
    assert moved(session, "twist", "joint velocity", "x")[0] == pytest.approx(0.006, abs=2e-3)
    assert np.abs(moved(session, "torque stop", "stop", "x")).max() < 2e-3


def test_a_reaction_ends_a_motion_early(session):
    assert 0.005 < np.linalg.norm(moved(session, "reaction", "torque stop", "x")) < 0.15


def test_a_reflex_is_an_exception_that_a_recovery_clears(session):
    error = session["too fast"]["error"]
    assert error.startswith("ControlException: libfranka: Move command aborted: motion aborted by reflex! [")
    assert session["too fast"]["errors"] and session["recover"]["value"] is True
    np.testing.assert_allclose(moved(session, "joint again", "start"), 0, atol=1e-3)


def test_the_gripper_obeys(session):
    assert session["gripper"]["value"] == [True, pytest.approx(0.04, abs=2e-3)]
    assert session["grasp"]["value"] == [True, True]
