"""Shares of the limits by hand, and what the page shows of them."""

from dataclasses import replace

import numpy as np

from midp_ros.kinematics import RobotProfile
from midp_ros.viewer.bars import AMBER, GREEN, RED, bars
from midp_ros.viewer.limit_use import JointValues, LimitUse

PANDA = RobotProfile.load("panda")
ZERO = np.zeros(7)


def test_shares_of_a_robot_whose_limits_do_not_depend_on_the_position():
    low, high = PANDA.position_min_rad, PANDA.position_max_rad
    joints = JointValues((low + 3 * high) / 4, -0.3 * PANDA.velocity_max_rad_s, 0.9 * PANDA.torque_max_nm)
    use = LimitUse.of(joints, PANDA)
    assert np.allclose(use.position, 0.5)
    assert np.allclose(use.velocity, 0.3)
    assert np.allclose(use.torque, 0.9)


def test_the_middle_and_both_ends():
    low, high = PANDA.position_min_rad, PANDA.position_max_rad
    for position, share in ((low, 1.0), ((low + high) / 2, 0.0), (high, 1.0)):
        assert np.allclose(LimitUse.of(JointValues(position, ZERO, ZERO), PANDA).position, share)


def test_an_fr3_may_go_no_faster_where_its_limit_is_zero():
    profile = RobotProfile.load("fr3")
    at_its_end = profile.velocity_position_max_rad
    still = LimitUse.of(JointValues(at_its_end, ZERO, ZERO), profile)
    outwards = LimitUse.of(JointValues(at_its_end, ZERO + 0.01, ZERO), profile)
    assert not still.velocity.any()
    assert np.isinf(outwards.velocity).all()


def test_colours_and_what_is_not_published():
    use = LimitUse.of(JointValues((PANDA.position_min_rad + PANDA.position_max_rad) / 2, ZERO, ZERO), PANDA)
    text = bars(replace(use, velocity=np.array([0.1, 0.8, 0.95, np.inf, 0, 0, 0]), torque=ZERO + np.nan))
    assert text.count(GREEN) == 7 + 4 + 7
    assert text.count(AMBER) == 1 and text.count(RED) == 2
    assert text.count("not published") == 7
    assert "J3: 95 %" in text
