"""Pictures of recorded episodes show the arm and the scene where they were."""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose, tool_down
from midp_ros.simulation import Simulation, draw_replay


def observations(joints, cube):
    rotation = Pose(np.zeros(3), np.eye(3)).rotation6
    return {
        "joint_position": [joints], "gripper_width": [[0.06]],
        "tool_position": [[0, 0, 0]], "tool_rotation": [Pose(np.zeros(3), tool_down(0)).rotation6],
        "object_position": [cube], "object_rotation": [rotation],
    }  # fmt: skip


def reddest_column(picture):
    red = picture[..., 0].astype(int) - picture[..., 1]
    return np.average(np.arange(picture.shape[1]), weights=(red > 60).sum(axis=0) + 1e-9)


def test_arm_and_cube_are_drawn_where_they_were():
    ready = Simulation("pick").profile.ready_rad
    size = {"width": 160, "height": 120}
    (near,) = draw_replay("pick", "fr3", observations(ready, [0.5, -0.2, 0.025]), **size)
    (far,) = draw_replay("pick", "fr3", observations(ready, [0.5, 0.2, 0.025]), **size)
    (turned,) = draw_replay("pick", "fr3", observations(ready + 0.3, [0.5, 0.2, 0.025]), **size)
    assert near.shape == (120, 160, 3)
    assert reddest_column(near) < reddest_column(far) - 10, "the cube is seen further right as y grows"
    assert np.abs(far.astype(int) - turned).mean() > 1.0, "the arm stands elsewhere"
