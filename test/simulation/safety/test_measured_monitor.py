"""What the arm may be measured to do."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.kinematics import ArmModel
from midp_ros.simulation.safety import MeasuredMonitor

MODEL = ArmModel("fr3")
PROFILE = MODEL.profile
STILL = np.zeros((5, 7))


def at(position_rad):
    return np.tile(position_rad, (5, 1))


@pytest.fixture
def monitor():
    return MeasuredMonitor(MODEL, position_room_rad=0.01, velocity_room_rad_s=0.1)


@pytest.mark.parametrize("joint", range(7))
@pytest.mark.parametrize("side", [1, -1])
def test_a_joint_beyond_its_range(monitor, joint, side):
    position = at(PROFILE.ready_rad)
    end = (PROFILE.position_max_rad if side > 0 else PROFILE.position_min_rad)[joint]
    position[3, joint] = end + side * 0.009
    assert monitor.check(position, STILL) is None
    position[3, joint] = end + side * 0.011
    violation = monitor.check(position, STILL)
    assert (violation.index, violation.errors) == (3, {"joint_position_limits_violation"})
    assert violation.reason.startswith(f"fr3_joint{joint + 1} is at") and f"{end:g}" in violation.reason


def test_a_joint_faster_than_its_range_allows(monitor):
    velocity = STILL.copy()
    velocity[2, 6] = -5.35
    assert monitor.check(at(PROFILE.ready_rad), velocity) is None
    velocity[2, 6] = -5.37
    violation = monitor.check(at(PROFILE.ready_rad), velocity)
    assert (violation.index, violation.errors) == (2, {"joint_velocity_violation"})
    assert "fr3_joint7 moved at -5.37 rad/s" in violation.reason and "-5.26 rad/s" in violation.reason


def test_the_fr3_is_held_to_its_position_dependent_range(monitor):
    position = at(np.where(np.arange(7) == 1, 1.7, PROFILE.ready_rad))
    bound = -0.2517 + np.sqrt(2 * 2.585 * (1.8361 - 1.7))
    velocity = STILL.copy()
    velocity[4, 1] = bound + 0.09
    assert monitor.check(position, velocity) is None
    velocity[4, 1] = bound + 0.11
    assert monitor.check(position, velocity).errors == {"joint_velocity_violation"}


def test_what_happens_in_one_cycle_is_told_together(monitor):
    position, velocity = at(PROFILE.ready_rad), STILL.copy()
    position[1, 0], velocity[1, 6], velocity[0, 6] = 3.0, 6.0, 0.0
    violation = monitor.check(position, velocity)
    assert violation.index == 1
    assert violation.errors == {"joint_position_limits_violation", "joint_velocity_violation"}


def test_what_is_quickly_found_calm_is_calm(monitor):
    """Joints anywhere, moving for 10 ms at up to the given speed before they are there."""
    rng = np.random.default_rng(0)
    low, high = PROFILE.position_min_rad, PROFILE.position_max_rad
    calm = 0
    for _ in range(3000):
        end = rng.uniform(low - 0.05, high + 0.05)
        highest = rng.uniform(0.0, 1.2)
        velocity = rng.uniform(-highest, highest, (10, 7))
        position = end - np.cumsum(velocity[::-1], axis=0)[::-1] * 1e-3
        if monitor.calm(end.tolist(), highest, 0.010):
            calm += 1
            assert monitor.check(position, velocity) is None
    assert calm > 100, "else it saves no time"
    ready = PROFILE.ready_rad
    assert monitor.calm(ready.tolist(), 0.1, 0.01)
    assert not monitor.calm(ready.tolist(), float("nan"), 0.01)
    assert not monitor.calm((ready * np.nan).tolist(), 0.1, 0.01)


def test_the_quick_bounds_pass_nothing_that_a_closer_look_finds(monitor, monkeypatch):
    """Batches that end anywhere, at speeds up to far beyond the limits."""
    rng = np.random.default_rng(0)
    low, high = PROFILE.position_min_rad, PROFILE.position_max_rad
    batches = []
    for highest in rng.uniform(0.0, 4.0, 3000):
        velocity = rng.uniform(-highest, highest, (10, 7))
        end = rng.uniform(low - 0.05, high + 0.05) if len(batches) % 2 else rng.uniform(low + 0.2, high - 0.2)
        batches.append((end - np.cumsum(velocity[::-1], axis=0)[::-1] * 1e-3, velocity))
    quick = [monitor.check(*batch) for batch in batches]
    passed = sum(monitor._surely(*batch) for batch in batches)
    assert passed > 100, "else they save no time"
    monkeypatch.setattr(monitor, "_surely", lambda *_: False)
    assert [monitor.check(*batch) for batch in batches] == quick
    ready = at(PROFILE.ready_rad)
    for nothing in ((ready, STILL * np.nan), (ready * np.nan, STILL)):
        assert not MeasuredMonitor(MODEL)._surely(*nothing)


def test_no_joint_has_a_longer_lever_than_the_links_are_long():
    rng = np.random.default_rng(1)
    for _ in range(300):
        q = rng.uniform(PROFILE.position_min_rad, PROFILE.position_max_rad)
        assert (np.linalg.norm(MODEL.jacobian(q)[:3], axis=0) <= MODEL.lever_m).all()
