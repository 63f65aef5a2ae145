"""Chains of transforms, at any time, against products of matrices and closed forms."""

import numpy as np
import pytest

from midp_ros.core.pose import Pose, matrix_from_rotation_vector, rotation_about_z
from midp_ros.kinematics.transform_buffer import PendingTransformError, TransformBuffer, TransformError


def pose(rng):
    return Pose(rng.normal(size=3), matrix_from_rotation_vector(rng.normal(size=3)))


def matrix(p):
    m = np.eye(4)
    m[:3, :3], m[:3, 3] = p.rotation, p.position_m
    return m


def equal(found, wanted):
    np.testing.assert_allclose(matrix(found), wanted, atol=1e-12)


@pytest.fixture
def tree():
    """base -> link0 -> hand -> camera, base -> table -> tag; hand and tag move."""
    rng = np.random.default_rng(0)
    poses = {name: pose(rng) for name in ("link0", "hand", "camera", "table", "tag")}
    parents = {"link0": "base", "hand": "link0", "camera": "hand", "table": "base", "tag": "table"}
    buffer = TransformBuffer()
    for child, parent in parents.items():
        buffer.put(parent, child, poses[child], 5.0 if child in ("hand", "tag") else None)
    return buffer, {name: matrix(p) for name, p in poses.items()}


def test_chains_up_down_and_across_are_products_of_matrices(tree):
    buffer, m = tree
    camera = m["link0"] @ m["hand"] @ m["camera"]
    tag = m["table"] @ m["tag"]
    equal(buffer.lookup("base", "camera", 5.0), camera)
    equal(buffer.lookup("camera", "base", 5.0), np.linalg.inv(camera))
    equal(buffer.lookup("camera", "tag", 5.0), np.linalg.inv(camera) @ tag)
    equal(buffer.lookup("hand", "hand", 5.0), np.eye(4))
    equal(buffer.lookup("/link0", "/camera", 5.0), m["hand"] @ m["camera"])
    equal(buffer.lookup("base", "table", 123.0), m["table"])  # static: at any time


def test_between_two_times_a_frame_moves_straight_and_turns_about_one_axis():
    buffer = TransformBuffer()
    for k in range(4):
        buffer.put("base", "hand", Pose(np.array([k, 0.0, 0.0]), rotation_about_z(0.4 * k)), float(k))
    for time_s in (0.1, 0.25, 1.0, 2.9, 3.0):
        found = buffer.lookup("base", "hand", time_s)
        equal(found, matrix(Pose(np.array([time_s, 0.0, 0.0]), rotation_about_z(0.4 * time_s))))
    equal(buffer.lookup("base", "hand", 0.0), matrix(Pose(np.array([3.0, 0, 0]), rotation_about_z(1.2))))


def test_time_zero_is_the_newest_time_that_all_of_the_chain_is_known_at():
    buffer = TransformBuffer()
    for k in range(5):
        buffer.put("base", "hand", Pose(np.array([float(k), 0.0, 0.0]), np.eye(3)), 10.0 + k)
    buffer.put("hand", "camera", Pose(np.zeros(3), np.eye(3)), 12.0)
    assert buffer.lookup("base", "camera", 0.0).position_m[0] == 2.0


def test_the_future_is_pending_and_the_far_past_is_gone():
    buffer = TransformBuffer(remembered_s=2.0)
    for k in range(60):
        buffer.put("base", "hand", Pose(np.zeros(3), np.eye(3)), 0.1 * k)
    with pytest.raises(PendingTransformError, match="from 'hand' to 'base' is 0.10 s older"):
        buffer.lookup("base", "hand", 6.0)
    with pytest.raises(TransformError, match=r"oldest .* is 0.90 s younger") as e:
        buffer.lookup("base", "hand", 3.0)
    assert not isinstance(e.value, PendingTransformError)
    buffer.put("base", "hand", Pose(np.zeros(3), np.eye(3)), 6.0)
    buffer.lookup("base", "hand", 6.0)


def test_what_is_missing_is_named(tree):
    buffer, _ = tree
    with pytest.raises(TransformError, match="nothing has come"):
        TransformBuffer().lookup("base", "camera", 0.0)
    with pytest.raises(TransformError, match="no transform of 'lens' on /tf.*; there are base, camera, hand"):
        buffer.lookup("base", "lens", 5.0)
    buffer.put("world", "lens", Pose(np.zeros(3), np.eye(3)))
    with pytest.raises(TransformError, match="'lens' and 'base' are not connected"):
        buffer.lookup("base", "lens", 5.0)
    buffer.put("tag", "base", Pose(np.zeros(3), np.eye(3)))
    with pytest.raises(TransformError, match="in a circle"):
        buffer.lookup("base", "camera", 5.0)


def test_late_and_doubled_messages_keep_their_place_and_a_sender_that_begins_anew_replaces_all():
    buffer = TransformBuffer()
    for time_s in (1.0, 3.0, 2.0, 2.0):
        buffer.put("base", "hand", Pose(np.array([time_s, 0.0, 0.0]), np.eye(3)), time_s)
    assert buffer.lookup("base", "hand", 1.5).position_m[0] == pytest.approx(1.5)
    buffer.put("base", "hand", Pose(np.array([9.0, 0.0, 0.0]), np.eye(3)), 0.5)
    assert buffer.lookup("base", "hand", 0.5).position_m[0] == 9.0
    with pytest.raises(PendingTransformError):
        buffer.lookup("base", "hand", 2.0)


def test_a_clear_keeps_what_is_static(tree):
    buffer, m = tree
    buffer.clear()
    equal(buffer.lookup("base", "table", 5.0), m["table"])
    with pytest.raises(TransformError, match="'hand'|not connected"):
        buffer.lookup("base", "hand", 5.0)


def test_a_frame_that_is_hung_up_elsewhere_has_its_new_parent_only(tree):
    buffer, m = tree
    buffer.put("hand", "tag", Pose(np.zeros(3), np.eye(3)), 5.0)
    equal(buffer.lookup("base", "tag", 5.0), m["link0"] @ m["hand"])
