"""Stamped messages in another frame, against products of matrices."""

import numpy as np
import pytest
from geometry_msgs.msg import (
    PointStamped,
    PoseWithCovarianceStamped,
    TransformStamped,
    TwistStamped,
    Vector3Stamped,
    WrenchStamped,
)
from sensor_msgs.msg import Image
from tf2_msgs.msg import TFMessage

from midp_ros.control.observations import frame_changes
from midp_ros.control.observations.message_values import transforms_from_message
from midp_ros.core.errors import ObservationError
from midp_ros.core.pose import Pose, matrix_from_rotation_vector
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros.frame_conversions import transform_message

SEEN_FROM = Pose(np.array([0.3, -0.2, 0.7]), matrix_from_rotation_vector([0.4, -1.0, 0.3]))
X = np.array([0.1, 0.2, 0.3])


def numbers(vector):
    return np.array([vector.x, vector.y, vector.z])


def in_frame(message, frame, pose):
    package, name = type(message).__module__.split(".")[0], type(message).__name__
    return frame_changes.in_frame(message, f"{package}/msg/{name}", frame, pose)


def put(vector, values=X):
    vector.x, vector.y, vector.z = map(float, values)


def test_a_pose_is_multiplied_and_the_old_message_stays():
    pose = Pose(X, matrix_from_rotation_vector([1.0, 0.2, -0.4]))
    message = c.pose_message(pose, "camera", 12.25)
    changed = in_frame(message, "base", SEEN_FROM)
    wanted, found = SEEN_FROM @ pose, c.pose_from_message(changed)
    np.testing.assert_allclose(found.position_m, wanted.position_m, atol=1e-12)
    np.testing.assert_allclose(found.rotation, wanted.rotation, atol=1e-12)
    assert changed.header.frame_id == "base" and c.seconds_from_stamp(changed.header.stamp) == 12.25
    assert message.header.frame_id == "camera" and numbers(message.pose.position).tolist() == X.tolist()


def test_points_move_and_vectors_only_turn():
    point, vector = PointStamped(), Vector3Stamped()
    put(point.point), put(vector.vector)
    np.testing.assert_allclose(
        numbers(in_frame(point, "base", SEEN_FROM).point), (SEEN_FROM @ Pose(X, np.eye(3))).position_m
    )
    np.testing.assert_allclose(numbers(in_frame(vector, "base", SEEN_FROM).vector), SEEN_FROM.rotation @ X)


@pytest.mark.parametrize(
    "kind, field, parts",
    [(TwistStamped, "twist", ("linear", "angular")), (WrenchStamped, "wrench", ("force", "torque"))],
)
def test_twists_and_wrenches_turn_into_the_other_axes(kind, field, parts):
    message = kind()
    for k, part in enumerate(parts):
        put(getattr(getattr(message, field), part), (k + 1) * X)
    changed = in_frame(message, "base", SEEN_FROM)
    for k, part in enumerate(parts):
        found = numbers(getattr(getattr(changed, field), part))
        np.testing.assert_allclose(found, SEEN_FROM.rotation @ ((k + 1) * X), atol=1e-12)


def test_a_covariance_turns_along():
    message = PoseWithCovarianceStamped()
    message.pose.pose = c.pose_message(Pose(X, np.eye(3)), "camera", 0.0).pose
    message.pose.covariance = np.diag([1.0, 4, 9, 1, 1, 1]).ravel()
    changed = in_frame(message, "base", SEEN_FROM)
    wanted = SEEN_FROM.rotation @ np.diag([1.0, 4, 9]) @ SEEN_FROM.rotation.T
    np.testing.assert_allclose(changed.pose.covariance.reshape(6, 6)[:3, :3], wanted, atol=1e-12)


def test_a_picture_cannot_be_transformed():
    with pytest.raises(ObservationError, match="Image cannot be transformed to 'base'"):
        in_frame(Image(), "base", SEEN_FROM)


def test_transforms_come_out_as_they_went_in_and_improper_ones_are_left_out():
    good = transform_message("base", "camera", SEEN_FROM, 3.5)
    empty, nan = TransformStamped(), transform_message("base", "lens", SEEN_FROM, 3.5)
    empty.transform.rotation.w, nan.transform.translation.x = 0.0, float("nan")
    ((parent, child, pose, time_s),) = transforms_from_message(TFMessage(transforms=[good, empty, nan]))
    assert (parent, child, time_s) == ("base", "camera", 3.5)
    np.testing.assert_allclose(pose.position_m, SEEN_FROM.position_m)
    np.testing.assert_allclose(pose.rotation, SEEN_FROM.rotation, atol=1e-12)
