"""The bytes say what rclpy itself would have sent; between them its padding is whatever lay in memory."""

import numpy as np
import pytest
from rclpy.serialization import deserialize_message
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.nodes.commands.packed_trajectory import PackedTrajectory
from midp_ros.nodes.ros.conversions import trajectory_from_message, trajectory_message

START_S = 1234.567891234


def trajectory(points, joints, **without):
    random = np.random.default_rng(points)
    q, v, a = random.normal(size=(3, points, joints))
    return JointTrajectory(START_S + np.cumsum(random.uniform(0.005, 1.5, points)), q, v, without.get("a", a))


@pytest.mark.parametrize("last", ["c", "cd", "cde", "cdef", "cdefg"], ids=len)
@pytest.mark.parametrize("points", [1, 2, 40])
def test_the_message_is_rclpys_whatever_the_names_lengths(points, last):
    names = ("a", "bb", last)
    sent = trajectory(points, len(names))
    message = trajectory_message(sent, names)
    assert deserialize_message(PackedTrajectory(names).to_bytes(sent), JointTrajectoryMessage) == message


def test_one_packer_writes_one_motion_after_the_other():
    names = tuple(f"fr3_joint{i}" for i in range(1, 8))
    packer = PackedTrajectory(names)
    for points in (3, 1, 200):
        sent = trajectory(points, 7)
        message = deserialize_message(packer.to_bytes(sent), JointTrajectoryMessage)
        got = trajectory_from_message(message, names, 0.0)
        np.testing.assert_allclose(got.time_s, sent.time_s, atol=2e-9)
        np.testing.assert_array_equal(got.position_rad, sent.position_rad)
        np.testing.assert_array_equal(got.acceleration_rad_s2, sent.acceleration_rad_s2)


def test_points_without_accelerations_are_sent_without():
    sent = trajectory(4, 3, a=np.full((4, 3), np.nan))
    message = deserialize_message(PackedTrajectory(("a", "b", "c")).to_bytes(sent), JointTrajectoryMessage)
    assert [len(p.accelerations) for p in message.points] == [0] * 4
    assert [len(p.velocities) for p in message.points] == [3] * 4
