"""Joint positions for a stream of poses: exact, smooth, and with the elbow where it is asked for."""

import numpy as np
import pytest

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.pose_following import LONGEST_STEP_RAD, PoseFollower

T_S = 1e-3


@pytest.fixture(scope="module")
def model():
    return ArmModel("fr3")


def followed(model, steps=400):
    follower, q = PoseFollower(model), [model.profile.ready_rad] * 2
    start = model.forward(q[0])
    for i in range(1, steps):
        shift = 0.05 * (1 - np.cos(np.pi * i / steps)) * np.array([1.0, 0.5, -1.0])
        target = Pose(start.position_m + shift, start.rotation)
        q.append(follower.follow(target, 0.2 * (1 - np.cos(np.pi * i / steps)) / 2, 2 * q[-1] - q[-2]))
        reached = model.forward(q[-1])
        np.testing.assert_allclose(reached.position_m, target.position_m, atol=1e-9)
        np.testing.assert_allclose(reached.rotation, target.rotation, atol=1e-9)
    return np.array(q)


def test_poses_and_elbow_are_reached_exactly_and_smoothly(model):
    q = followed(model)
    assert q[-1, 2] == pytest.approx(0.2, abs=1e-4)
    jerk = np.diff(q, 3, axis=0) / T_S**3
    change = np.abs(np.diff(jerk[6:], axis=0)).max()  # no noise of the solver on the third difference
    assert change < 20


def test_a_pose_out_of_reach_is_a_bounded_step_and_no_exception(model):
    follower, ready = PoseFollower(model), model.profile.ready_rad
    far = Pose(np.array([5.0, 0.0, 0.0]), np.eye(3))
    assert np.abs(follower.follow(far, 0.0, ready) - ready).max() == pytest.approx(LONGEST_STEP_RAD)


def test_a_stretched_arm_is_no_exception(model):
    stretched = np.zeros(7)
    stretched[5] = np.pi / 2
    q = PoseFollower(model).follow(model.forward(stretched), 0.0, stretched)
    assert np.isfinite(q).all()
