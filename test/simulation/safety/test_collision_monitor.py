"""Contacts and collisions against Franka's example thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.safety import CollisionMonitor, CollisionThresholds, ThresholdError

LOWER_NM, UPPER_NM = [25, 25, 22, 20, 19, 17, 14], [35, 35, 32, 30, 29, 27, 24]
LOWER, UPPER = [30, 30, 30, 25, 25, 25], [40, 40, 40, 35, 35, 35]


@pytest.fixture(params=["fr3", "panda"])
def monitor(request):
    return CollisionMonitor(RobotProfile.load(request.param))


def batch(joint=None, torque_nm=0.0, axis=None, force=0.0, row=1):
    torques, wrenches = np.zeros((3, 7)), np.zeros((3, 6))
    if joint is not None:
        torques[row, joint] = torque_nm
    if axis is not None:
        wrenches[row, axis] = force
    return torques, wrenches


@pytest.mark.parametrize("sign", [1, -1])
def test_every_joint_has_its_own_thresholds(monitor, sign):
    for joint in range(7):
        assert monitor.check(*batch(joint, sign * (LOWER_NM[joint] - 0.1), row=2)) is None
        assert not monitor.joint_contact.any()
        assert monitor.check(*batch(joint, sign * (UPPER_NM[joint] - 0.1), row=2)) is None
        np.testing.assert_array_equal(np.flatnonzero(monitor.joint_contact), [joint])
        assert not monitor.joint_collision.any()
        value = sign * (UPPER_NM[joint] + 0.1)
        violation = monitor.check(*batch(joint, value))
        assert (violation.index, violation.errors) == (1, {"joint_reflex"})
        assert f"joint{joint + 1}'s external torque is {value:.4g} Nm" in violation.reason
        assert f"from {UPPER_NM[joint]} Nm" in violation.reason
        np.testing.assert_array_equal(np.flatnonzero(monitor.joint_collision), [joint])
        assert not monitor.joint_contact.any(), "it was over by the end of the batch"
        monitor.reset()


@pytest.mark.parametrize("sign", [1, -1])
def test_every_direction_has_its_own_thresholds(monitor, sign):
    for axis in range(6):
        assert monitor.check(*batch(axis=axis, force=sign * (UPPER[axis] - 0.1), row=2)) is None
        np.testing.assert_array_equal(np.flatnonzero(monitor.cartesian_contact), [axis])
        violation = monitor.check(*batch(axis=axis, force=sign * (UPPER[axis] + 0.1), row=0))
        assert (violation.index, violation.errors) == (0, {"cartesian_reflex"})
        assert f"{'xyz'[axis % 3]} is {sign * (UPPER[axis] + 0.1):.4g} {'N' if axis < 3 else 'Nm'};" in violation.reason
        assert not monitor.cartesian_contact.any() and monitor.cartesian_collision[axis]
        monitor.reset()


def test_both_together_and_a_collision_stays_until_reset(monitor):
    violation = monitor.check(*batch(joint=2, torque_nm=50.0, axis=1, force=-60.0))
    assert violation.errors == {"joint_reflex", "cartesian_reflex"}
    assert monitor.check(*batch()) is None
    assert monitor.joint_collision[2] and monitor.cartesian_collision[1]
    monitor.reset()
    assert not monitor.joint_collision.any() and not monitor.cartesian_collision.any()


def test_other_thresholds_take_effect(monitor):
    monitor.thresholds = CollisionThresholds.of([100.0] * 7, [100.0] * 7, [5.0] * 6, [6.0] * 6)
    assert monitor.check(*batch(joint=0, torque_nm=99.0)) is None
    assert monitor.check(*batch(axis=2, force=6.5)).errors == {"cartesian_reflex"}


def test_default_thresholds_are_franka_s_examples():
    thresholds = CollisionThresholds.default(RobotProfile.load("fr3"))
    assert thresholds.contact_torque_nm.tolist() == LOWER_NM and thresholds.collision_torque_nm.tolist() == UPPER_NM
    assert thresholds.contact_wrench.tolist() == LOWER and thresholds.collision_wrench.tolist() == UPPER


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (([30.0] * 7, [20.0] * 7, LOWER, UPPER), "torque_nm: lower thresholds .* exceed the upper"),
        ((LOWER_NM, UPPER_NM[:6], LOWER, UPPER), "torque_nm thresholds must be 7 positive numbers"),
        ((LOWER_NM, UPPER_NM, [0.0] * 6, UPPER), "wrench thresholds must be 6 positive numbers"),
        ((LOWER_NM, UPPER_NM, LOWER, [np.nan] * 6), "wrench thresholds must be 6 positive numbers"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ThresholdError, match=message):
        CollisionThresholds.of(*values)
