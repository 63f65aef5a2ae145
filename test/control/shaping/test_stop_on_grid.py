"""Braking on a grid of periods."""

import numpy as np
import pytest

from midp_ros.control import LimitFractions, MotionLimits
from midp_ros.control.shaping.stop_on_grid import StopOnGrid
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile

PROFILE = RobotProfile.load("fr3")
LIMITS = MotionLimits(PROFILE)


def random_state(rng, limits=LIMITS):
    position = rng.uniform(PROFILE.position_min_rad, PROFILE.position_max_rad)
    velocity = rng.uniform(-1, 1, 7) * limits.velocity_rad_s
    return np.stack([position, velocity, rng.uniform(-1, 1, 7) * limits.acceleration_rad_s2])


def motion(brake, period_s):
    """Its points and, through them, what a controller makes of it every 0.1 ms."""
    passed = np.arange(brake.total_periods.max() + 1)
    points = brake.after(np.repeat(passed[:, None], 7, axis=1))
    trajectory = JointTrajectory(period_s * passed, points[:, 0], points[:, 1], points[:, 2])
    return trajectory.sample_with_acceleration(np.arange(0, trajectory.time_s[-1], 1e-4))


@pytest.mark.parametrize("period_s", [0.002, 0.01])
@pytest.mark.parametrize("seed", range(10))
def test_it_ends_at_rest_within_acceleration_and_jerk(seed, period_s):
    limits = MotionLimits(PROFILE, LimitFractions(0.9, 0.9, 0.1 + 0.09 * seed))
    brake = StopOnGrid.plan(limits, period_s, random_state(np.random.default_rng(seed), limits))
    _, _, acceleration = motion(brake, period_s)
    end = brake.after(brake.total_periods)
    assert not end[1:].any()
    np.testing.assert_allclose(end[0], brake.rest_rad)
    # The state just before: nothing was lost by setting the end to zero.
    almost = brake.after(brake.total_periods - 1e-6)
    np.testing.assert_allclose(almost[1:], 0.0, atol=1e-4)
    assert (np.abs(acceleration) <= limits.acceleration_rad_s2 + 1e-9).all()
    assert (np.abs(np.diff(acceleration, axis=0)) <= limits.jerk_rad_s3 * 1e-4 + 1e-8).all()


@pytest.mark.parametrize("seed", range(5))
def test_its_remainder_is_the_same_stop(seed):
    brake = StopOnGrid.plan(LIMITS, 0.01, random_state(np.random.default_rng(seed)))
    later, ones = brake, np.ones(7)
    for periods in range(1, 60):
        later = later.next()
        np.testing.assert_allclose(later.state, brake.after(periods * ones), atol=1e-9)
        np.testing.assert_allclose(later.rest_rad, brake.rest_rad, atol=1e-9)
    assert not later.total_periods.any()


def test_what_it_calls_within_the_limits_is():
    rng, fine, refused, cautious = np.random.default_rng(0), 0, 0, 0
    for _ in range(150):
        brake = StopOnGrid.plan(LIMITS, 0.01, random_state(rng))
        position, velocity, _ = motion(brake, 0.01)
        slowest, fastest = LIMITS.velocity_range(position)
        good = (position >= PROFILE.position_min_rad) & (position <= PROFILE.position_max_rad)
        good = (good & (velocity >= slowest - 1e-9) & (velocity <= fastest + 1e-9)).all(axis=0)
        said = brake.within(LIMITS)
        assert not (said & ~good).any()
        fine, refused = fine + (said & good).sum(), refused + (~said & ~good).sum()
        cautious += (~said & good).sum()
    assert fine > 500 and refused > 50 and cautious < 0.02 * fine
