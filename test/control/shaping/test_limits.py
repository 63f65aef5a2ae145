"""Shares of a robot's limits."""

import numpy as np
import pytest

from midp_ros.control import LimitError, LimitFractions, MotionLimits
from midp_ros.kinematics import RobotProfile

PROFILE = RobotProfile.load("fr3")


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.01, float("nan")])
def test_shares_that_make_no_sense_are_refused(bad):
    with pytest.raises(LimitError, match="jerk fraction must be above 0 and at most 1"):
        LimitFractions(jerk=bad)


def test_they_scale_the_robots_limits():
    limits = MotionLimits(PROFILE, LimitFractions(0.5, 0.25, 0.1))
    np.testing.assert_allclose(limits.velocity_rad_s, PROFILE.velocity_max_rad_s / 2)
    np.testing.assert_allclose(limits.acceleration_rad_s2, 2.5)
    np.testing.assert_allclose(limits.jerk_rad_s3, 500)
    ours, theirs = (each.velocity_range(PROFILE.ready_rad) for each in (limits, PROFILE))
    np.testing.assert_allclose(ours, np.array(theirs) / 2)


def test_a_range_of_positions_allows_what_its_outermost_position_allows():
    limits = MotionLimits(PROFILE)
    low, high = PROFILE.ready_rad - 0.2, PROFILE.ready_rad + 0.2
    slowest, fastest = limits.velocity_range(low)[0], limits.velocity_range(high)[1]
    assert limits.allow(low, high, slowest, fastest).all()
    inner = np.linspace(low, high, 50)
    down, up = limits.velocity_range(inner)
    assert (down <= slowest + 1e-12).all() and (up >= fastest - 1e-12).all()
    assert not limits.allow(low, high, slowest, fastest + 1e-6).any()
    assert not limits.allow(low, high, slowest - 1e-6, fastest).any()


def test_a_joint_beyond_its_range_may_only_come_back():
    limits = MotionLimits(PROFILE)
    start = PROFILE.position_max_rad + 0.01
    assert limits.contain(start - 0.1, start, start).all()
    assert not limits.contain(start - 0.1, start + 1e-6, start).any()
    assert not limits.contain(PROFILE.ready_rad, PROFILE.position_max_rad, PROFILE.ready_rad).any()
