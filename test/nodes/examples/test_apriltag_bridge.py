"""The AprilTag bridge of examples/: from TF to the cube's pose in the arm's base."""

import importlib.util
from pathlib import Path

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


def transform(parent, child, pose):
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id, message.header.stamp.sec = parent, child, 7
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
    assert graph.spin_until(lambda: "camera_optical_frame" in bridge.parents)
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


def test_a_tag_that_nothing_connects_to_the_base_is_not_published(graph):
    bridge = graph.add(load().AprilTagBridge())
    assert bridge.in_base("tag36h11:0") is None
