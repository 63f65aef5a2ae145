"""The way to the start pose, by its own samples."""

import numpy as np
import pytest

from midp_ros.control.loop.start_pose import arrived, departure, joint_positions, start_motion
from midp_ros.core.errors import CommandError
from midp_ros.kinematics import RobotProfile


@pytest.mark.slow
@pytest.mark.parametrize("robot", ["fr3", "panda"])
@pytest.mark.parametrize("fraction", [0.05, 0.2, 1.0])
def test_it_goes_from_rest_to_rest_within_the_fraction(robot, fraction):
    profile = RobotProfile.load(robot)
    random = np.random.default_rng(1)
    low, high = profile.position_min_rad + 0.01, profile.position_max_rad - 0.01
    for _ in range(5):
        start, goal = random.uniform(low, high, (2, 7))
        motion = start_motion(profile, 5.0, start, goal, fraction)
        np.testing.assert_array_equal(motion.position_rad[0], start)
        np.testing.assert_allclose(motion.position_rad[-1], goal, atol=1e-3)
        assert not motion.velocity_rad_s[[0, -1]].any() and motion.time_s[0] == 5.0
        position = np.array([motion.sample(t)[0] for t in np.arange(5.0, motion.time_s[-1], 0.002)])
        speed = np.diff(position, axis=0) / 0.002
        assert (np.abs(speed) <= fraction * profile.velocity_max_rad_s * 1.05 + 1e-6).all()
        slowest, fastest = profile.velocity_range(position[1:])
        assert ((speed <= fastest + 1e-3) & (speed >= slowest - 1e-3)).all()


def test_where_the_arm_is_already_it_stays():
    profile = RobotProfile.load("fr3")
    motion = start_motion(profile, 0.0, profile.ready_rad, profile.ready_rad, 0.2)
    np.testing.assert_allclose(motion.position_rad, np.tile(profile.ready_rad, (len(motion.time_s), 1)), atol=1e-9)


def test_a_goal_beyond_the_joints_is_refused():
    profile = RobotProfile.load("fr3")
    beyond = profile.ready_rad.copy()
    beyond[3] = 0.5
    for goal, words in (
        (beyond, r"not within the fr3's limits: fr3_joint4 = 0.5 rad, limits -3.0421 to -0.1518$"),
        (np.full(7, np.nan), "fr3_joint1 = nan rad"),
        (np.zeros(6), "has 6 joint positions, the fr3 has 7 joints"),
    ):
        with pytest.raises(CommandError, match=words):
            start_motion(profile, 0.0, profile.ready_rad, goal, 0.2)


def test_a_pose_is_read_from_text():
    profile = RobotProfile.load("fr3")
    np.testing.assert_array_equal(joint_positions("", profile), profile.ready_rad)
    np.testing.assert_array_equal(joint_positions("0, -1 0,-2 0 1.5 1", profile), [0, -1, 0, -2, 0, 1.5, 1])
    for text in ("1 2 3", "a b c d e f g"):
        with pytest.raises(CommandError, match="is not 7 numbers"):
            joint_positions(text, profile)


def test_arrival_takes_every_joint():
    goal = np.zeros(7)
    assert arrived(goal + 0.02, goal) and not arrived(goal + [0, 0, 0, 0, 0, 0, 0.04], goal) and not arrived(None, goal)


def test_it_departs_from_the_desired_position_where_that_is_plausible():
    measured = np.zeros(7)
    np.testing.assert_array_equal(departure(measured, measured + 1e-4), measured + 1e-4)
    for desired in (None, measured + 0.5, np.full(7, np.nan)):
        np.testing.assert_array_equal(departure(measured, desired), measured)
