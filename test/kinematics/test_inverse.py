"""Inverse kinematics against forward kinematics."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.pose import Pose, angle_between
from midp_ros.kinematics import ArmModel, InverseKinematics


@pytest.mark.parametrize("robot", ["fr3", "panda"])
def test_inverse_kinematics_reaches_reachable_poses(robot):
    model = ArmModel(robot)
    profile = model.profile
    solver = InverseKinematics(model)
    rng = np.random.default_rng(0)
    reached = 0
    for i in range(1000):
        target = model.forward(rng.uniform(profile.position_min_rad, profile.position_max_rad))
        solution = solver.solve(target, seed=i)
        q = solution.position_rad
        assert (q >= profile.position_min_rad).all() and (q <= profile.position_max_rad).all()
        there = model.forward(q)
        close = np.linalg.norm(there.position_m - target.position_m) < 1e-3
        close &= angle_between(there.rotation, target.rotation) < np.radians(0.5)
        assert close or not solution.converged, "it must not claim what it has not reached"
        reached += close
    assert reached >= 990


def test_a_pose_out_of_reach_is_said_so():
    model = ArmModel("fr3")
    far = Pose(np.array([1.5, 0.0, 0.3]), np.diag([1.0, -1.0, -1.0]))
    solution = InverseKinematics(model, max_attempts=5).solve(far)
    assert not solution.converged
    assert solution.position_error_m > 0.3


def test_time_limit_ends_the_search():
    model = ArmModel("fr3")
    far = Pose(np.array([1.5, 0.0, 0.3]), np.diag([1.0, -1.0, -1.0]))
    solution = InverseKinematics(model, max_attempts=10**6, time_limit_s=0.01).solve(far)
    assert not solution.converged and solution.attempts < 1000
