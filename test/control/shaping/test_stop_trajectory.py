"""Coming to rest within the limits on velocity, acceleration and jerk."""

import numpy as np
import pytest

from midp_ros.control import MotionLimits, stop_trajectory
from midp_ros.kinematics import RobotProfile

PROFILE = RobotProfile.load("fr3")
LIMITS = MotionLimits(PROFILE)
PERIOD_S = 0.01
VELOCITY = np.array([1.0, -2.0, 0.5, 0.0, 2.0, -0.1, 0.3])
STILL = np.zeros(7)


def states(stop):
    times_s = np.arange(stop.time_s[0], stop.time_s[-1], 1e-4)
    return stop.sample_with_acceleration(times_s)


def test_it_brakes_to_rest_within_the_limits_from_the_given_state():
    start = PROFILE.ready_rad, VELOCITY, np.array([3.0, -3.0, -9.0, 9.0, 0.0, 1.0, -1.0])
    stop = stop_trajectory(3.0, start, LIMITS, PERIOD_S)
    position, velocity, acceleration = states(stop)
    for now, given in zip((position, velocity, acceleration), start, strict=True):
        np.testing.assert_allclose(now[0], given, atol=1e-12)
    assert not stop.velocity_rad_s[-1].any() and not stop.acceleration_rad_s2[-1].any()
    assert (np.abs(acceleration) <= LIMITS.acceleration_rad_s2 + 1e-9).all()
    assert (np.abs(np.diff(acceleration, axis=0)) <= LIMITS.jerk_rad_s3 * 1e-4 + 1e-9).all()
    np.testing.assert_allclose(np.diff(position, axis=0) / 1e-4, velocity[1:], atol=1e-3)


def test_without_acceleration_all_joints_keep_their_direction_and_rest_together():
    stop = stop_trajectory(0.0, (PROFILE.ready_rad, VELOCITY / 2, STILL), LIMITS, PERIOD_S)
    _, velocity, _ = states(stop)
    shares = velocity[:, 1] / (VELOCITY[1] / 2)
    np.testing.assert_allclose(velocity, shares[:, None] * VELOCITY / 2, atol=1e-9)
    assert 0 < shares[-1] < 1e-3


@pytest.mark.parametrize("speed_rad_s", [0.05, 0.5, 2.0])
def test_it_takes_hardly_longer_than_the_limits_ask_for(speed_rad_s):
    stop = stop_trajectory(0.0, (PROFILE.ready_rad, np.eye(7)[0] * speed_rad_s, STILL), LIMITS, PERIOD_S)
    highest, jerk = LIMITS.acceleration_rad_s2[0], LIMITS.jerk_rad_s3[0]
    fastest_s = speed_rad_s / highest + highest / jerk  # with the deceleration reached
    assert stop.time_s[-1] <= max(fastest_s, 2 * np.sqrt(speed_rad_s / jerk)) + 3 * PERIOD_S


def test_near_the_end_of_its_range_a_joint_does_not_wait_for_slower_ones():
    """Together with J1, J4 would coast beyond its range."""
    start = PROFILE.ready_rad.copy()
    start[3] = PROFILE.position_max_rad[3] - 0.05
    velocity = np.eye(7)[0] * 2.0 + np.eye(7)[3] * 0.5
    stop = stop_trajectory(0.0, (start, velocity, STILL), LIMITS, PERIOD_S)
    position, joint_velocity, _ = states(stop)
    assert position[:, 3].max() < PROFILE.position_max_rad[3]
    assert joint_velocity[len(position) // 2, 3] == 0 < joint_velocity[len(position) // 2, 0]


def test_at_rest_it_stays():
    stop = stop_trajectory(0.0, (np.ones(7), STILL, STILL), LIMITS, PERIOD_S)
    np.testing.assert_array_equal(stop.sample(1.0)[0], np.ones(7))
    np.testing.assert_array_equal(stop.position_rad, np.ones_like(stop.position_rad))
