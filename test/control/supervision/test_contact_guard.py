"""A force that will pass the share of its threshold before a stop takes effect is near; work against it is pressing."""

import numpy as np
import pytest

from midp_ros.control import ContactGuard, ExternalForces
from midp_ros.kinematics import RobotProfile

PROFILE = RobotProfile.load("fr3")
LEAD_S = 0.025


def forces(time_s, z_n=0.0, joint_2_nm=0.0):
    torque, wrench = np.zeros(7), np.zeros(6)
    torque[1], wrench[2] = joint_2_nm, z_n
    return ExternalForces(time_s, torque, wrench)


def near(*felt, share=0.75):
    guard = ContactGuard(PROFILE, share)
    for each in felt:
        guard.feel(each)
    return guard.near(LEAD_S)


def test_a_force_that_rises_quickly_is_near_long_before_one_that_stays():
    assert near(forces(0.0), forces(0.01, -9.0)) == "force z is 9 N of 40"
    assert not near(forces(0.0, -9.0), forces(0.01, -9.0))
    assert not near(forces(0.0, -29.0), forces(0.01, -29.0))
    assert near(forces(0.0, -31.0), forces(0.01, -31.0))
    assert not near(forces(0.0, -29.0), forces(0.01, -20.0))  # it falls


def test_joint_torques_count_as_the_wrench_does():
    assert near(forces(0.0, 0.0, 27.0), forces(0.01, 0.0, 27.0)) == "external torque of fr3_joint2 is 27 Nm of 35"


def test_a_repeated_measurement_and_a_long_pause_give_no_rate():
    assert not near(forces(0.0), forces(1.0, -9.0))
    assert near(forces(0.0), forces(0.01, -9.0), forces(0.01, -9.0))
    assert not near(forces(5.0, -9.0), forces(0.01, -9.0))  # a clock that was set back


def test_what_is_not_felt_and_a_share_of_0_stop_nothing():
    assert not near()
    assert not near(forces(0.0), forces(0.01, -39.0), share=0.0)


@pytest.mark.parametrize("sign, presses", [(1.0, True), (-1.0, False), (0.0, False)])
def test_a_motion_against_what_is_felt_presses_and_one_away_does_not(sign, presses):
    guard = ContactGuard(PROFILE)
    moved_rad = np.array([0.0, sign * 0.001, 0, 0, 0, 0, 0])
    assert not guard.presses(moved_rad)
    guard.feel(forces(0.0, 0.0, 20.0))
    assert guard.presses(moved_rad) is presses
