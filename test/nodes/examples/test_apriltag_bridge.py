"""The AprilTag bridge of examples/: from TF to the cube's pose in the arm's base."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped, TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from midp_ros.core.pose import Pose, rotation_about_x, rotation_about_z
from midp_ros.nodes.ros.conversions import pose_from_message

PATH = Path(__file__).parents[3] / "examples" / "apriltag_bridge.py"
CAMERA = Pose(np.array([0.9, 0.0, 0.8]), rotation_about_z(0.4) @ rotation_about_x(np.pi))  # looks down
CUBE = Pose(np.array([0.5, 0.1, 0.025]), rotation_about_z(np.radians(20.0)))


def load():
    spec = importlib.util.spec_from_file_location("apriltag_bridge", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def transform(parent, child, pose, time_s=7):
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id, message.header.stamp.sec = parent, child, time_s
    p, q = message.transform.translation, message.transform.rotation
    p.x, p.y, p.z = pose.position_m.tolist()
    q.x, q.y, q.z, q.w = pose.quaternion.tolist()
    return message


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_a_detected_tag_becomes_the_cube_in_the_base(graph, quarter_turns):
    bridge = graph.add(load().AprilTagBridge())
    camera = graph.add(Node("detector"))
    heard = graph.heard(camera, PoseStamped, "task/object_pose")
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    static, moving = (
        camera.create_publisher(TFMessage, "/tf_static", latched),
        camera.create_publisher(TFMessage, "/tf", 10),
    )
    static.publish(TFMessage(transforms=[transform("fr3_link0", "camera_optical_frame", CAMERA)]))
    assert graph.spin_until(lambda: "camera_optical_frame" in bridge.transforms.frames)
    # The tag lies on the upper face, in any of four ways.
    tag = CUBE @ Pose(np.array([0.0, 0.0, 0.025]), rotation_about_z(quarter_turns * np.pi / 2))
    detection = TFMessage(transforms=[transform("camera_optical_frame", "tag36h11:0", CAMERA.inverse() @ tag)])

    def answered():
        moving.publish(detection)
        return bool(heard)

    assert graph.spin_until(answered)
    cube = pose_from_message(heard[0])
    np.testing.assert_allclose(cube.position_m, CUBE.position_m, atol=1e-9)
    np.testing.assert_allclose(cube.rotation, CUBE.rotation, atol=1e-9)
    assert (heard[0].header.frame_id, heard[0].header.stamp.sec) == ("fr3_link0", 7)


def fed(graph):
    """A bridge to which transforms are given directly, and what it publishes."""
    bridge, sent = graph.add(load().AprilTagBridge()), []
    bridge.publisher = SimpleNamespace(publish=sent.append)
    return bridge, sent


def test_with_a_camera_that_moves_a_detection_waits_for_the_transforms_of_its_own_time(graph):
    bridge, sent = fed(graph)
    tag = CUBE @ Pose(np.array([0.0, 0.0, 0.025]), np.eye(3))
    before, after = (Pose(CAMERA.position_m + [0.0, y_m, 0.0], CAMERA.rotation) for y_m in (-0.1, 0.1))
    bridge.take(TFMessage(transforms=[transform("fr3_link0", "camera_optical_frame", before, 6)]))
    bridge.take(TFMessage(transforms=[transform("camera_optical_frame", "tag36h11:0", CAMERA.inverse() @ tag, 7)]))
    assert not sent
    bridge.take(TFMessage(transforms=[transform("fr3_link0", "camera_optical_frame", after, 8)]))
    bridge.take(TFMessage(transforms=[transform("fr3_link0", "camera_optical_frame", after, 9)]))
    (cube,) = sent
    np.testing.assert_allclose(pose_from_message(cube).position_m, CUBE.position_m, atol=1e-9)
    assert cube.header.stamp.sec == 7


def test_a_tag_that_nothing_connects_to_the_base_is_not_published(graph):
    bridge, sent = fed(graph)
    bridge.take(TFMessage(transforms=[transform("camera_optical_frame", "tag36h11:0", CUBE)]))
    assert not sent
