"""The stop after a reflex against x = v^2 / (2 a)."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.safety import StopTrajectory

PROFILES = [RobotProfile.load(name) for name in ("fr3", "panda")]
TIMES_S = np.arange(0, 1.0, 1e-3)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
@pytest.mark.parametrize("share", [1.0, -1.0, 0.3])
def test_each_joint_stops_by_itself_at_its_highest_deceleration(profile, share):
    velocity = share * profile.velocity_max_rad_s
    start = (profile.position_min_rad + profile.position_max_rad) / 2
    braking = StopTrajectory(profile, start, velocity)
    position, speed, acceleration = braking.sample(TIMES_S)
    limit = profile.acceleration_max_rad_s2
    np.testing.assert_allclose(position[-1], start + velocity * np.abs(velocity) / (2 * limit), atol=1e-12)
    assert braking.duration_s == pytest.approx(np.abs(velocity / limit).max())
    np.testing.assert_array_equal(position[0], start)
    np.testing.assert_array_equal(speed[0], velocity)
    at_rest = TIMES_S[:, None] > np.abs(velocity / limit) + 1e-9
    assert (speed[at_rest] == 0).all() and (acceleration[at_rest] == 0).all()
    moving = TIMES_S[:, None] < np.abs(velocity / limit) - 1e-9
    expected = np.broadcast_to(-np.sign(velocity) * limit, acceleration.shape)
    np.testing.assert_allclose(acceleration[moving], expected[moving])
    np.testing.assert_allclose(np.diff(position, axis=0) / 1e-3, (speed[1:] + speed[:-1]) / 2, atol=6e-3)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
def test_the_range_is_never_left(profile):
    rng = np.random.default_rng(0)
    hard = 0
    for _ in range(200):
        start = rng.uniform(profile.position_min_rad, profile.position_max_rad)
        velocity = rng.uniform(-1, 1, 7) * profile.velocity_max_rad_s
        position, speed, acceleration = StopTrajectory(profile, start, velocity).sample(TIMES_S)
        assert (position >= profile.position_min_rad - 1e-12).all()
        assert (position <= profile.position_max_rad + 1e-12).all()
        assert (speed[-1] == 0).all()
        end = np.where(velocity > 0, profile.position_max_rad, profile.position_min_rad)
        needed = velocity**2 / (2 * np.maximum(np.abs(end - start), 1e-12))
        hardest = np.abs(acceleration).max(axis=0)
        assert (hardest <= np.maximum(needed, profile.acceleration_max_rad_s2) * (1 + 1e-9)).all()
        hard += (needed > profile.acceleration_max_rad_s2).sum()
    assert hard > 10, "some stops should have been too late for the usual deceleration"


def test_at_the_end_of_the_range_and_beyond_it():
    profile = PROFILES[0]
    outwards = np.array([1.0, -1.0, 0, 0, 0, 0, 0])
    start = profile.ready_rad.copy()
    start[0], start[1] = profile.position_max_rad[0], profile.position_min_rad[1] - 0.01
    position, speed, _ = StopTrajectory(profile, start, outwards).sample(TIMES_S)
    np.testing.assert_array_equal(position, np.tile(start, (len(TIMES_S), 1)))
    assert (speed == 0).all()
    position, speed, _ = StopTrajectory(profile, start, -outwards).sample(TIMES_S)
    np.testing.assert_allclose(position[-1], start - outwards * 0.05, atol=1e-12)


def test_an_arm_at_rest_stays_there():
    braking = StopTrajectory(PROFILES[0], PROFILES[0].ready_rad, np.zeros(7))
    assert braking.duration_s == 0
    position, speed, acceleration = braking.sample(TIMES_S)
    assert (position == PROFILES[0].ready_rad).all() and (speed == 0).all() and (acceleration == 0).all()
