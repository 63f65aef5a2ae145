"""The cameras on a graph: names, types, QoS, pictures that agree with their intrinsics and their frames."""

import time

import numpy as np
import pytest
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_msgs.msg import TFMessage

from midp_ros.control.observations.image_reader import pixels
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros import robot_names
from midp_ros.nodes.ros.parameters import ParameterError, declare
from midp_ros.nodes.stand_in import camera_topics
from midp_ros.nodes.stand_in.camera_topics import CameraTopics
from midp_ros.simulation import Simulation

CUBE_M = np.array([0.42, 0.05, 0.025])


class Cameras(Node):
    """A node with cameras that look at a cube under the hand."""

    def __init__(self, learned=None, **options):
        super().__init__("franka_simulation", **options)
        declare(self, (*robot_names.PARAMETERS, *camera_topics.PARAMETERS))
        self.simulation = simulation = Simulation("pick")
        simulation.place(simulation.profile.ready_rad + [0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
        simulation.task.place(simulation.engine, {"object": Pose(CUBE_M, np.eye(3))})
        names = robot_names.robot_names(self, simulation.profile)
        self.topics = CameraTopics(self, names.profile, simulation, 1.0, learned)
        self.close = self.topics.close


def listen(graph, name, qos=qos_profile_sensor_data):
    images = graph.heard(graph.probe, Image, f"camera/{name}/image_raw", qos)
    infos = graph.heard(graph.probe, CameraInfo, f"camera/{name}/camera_info", qos)
    assert graph.spin_until(lambda: graph.probe.count_publishers(f"camera/{name}/camera_info"))
    graph.spin_for(0.3)
    return images, infos


def publish_until(graph, cameras, met, first_s=100.0):
    """Lets time pass in steps of 10 ms as the stand-in does; returns the last time [s]."""
    now_s, end_s = first_s, time.monotonic() + 30.0
    while not met():
        assert time.monotonic() < end_s, "no pictures"
        cameras.topics.publish(now_s)
        graph.spin_for(0.01)
        now_s += 0.01
    return now_s


def transforms_of(graph):
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    fixed = graph.heard(graph.probe, TFMessage, "/tf_static", latched)
    assert graph.spin_until(lambda: fixed)
    return {t.child_frame_id: t for t in fixed[0].transforms}


def pose_of(transform):
    p, q = transform.transform.translation, transform.transform.rotation
    return Pose.from_quaternion([p.x, p.y, p.z], [q.x, q.y, q.z, q.w])


@pytest.mark.parametrize("name, parent", [("front", "fr3_link0"), ("wrist", "fr3_hand_tcp")])
def test_the_cube_is_where_transform_and_camera_info_put_it(graph, name, parent):
    cameras = graph.build(Cameras, cameras="front,wrist", camera_width=160, camera_height=120)
    images, infos = listen(graph, name)
    publish_until(graph, cameras, lambda: images and infos)
    image, info = images[0], infos[0]
    assert (image.width, image.height, image.encoding, image.step) == (160, 120, "rgb8", 480)
    assert len(image.data) == 480 * 120 and not image.is_bigendian
    assert image.header == info.header and image.header.frame_id == f"camera_{name}_optical_frame"
    assert c.seconds_from_stamp(image.header.stamp) == 100.0  # of what it shows, not of when it was ready

    transform = transforms_of(graph)[image.header.frame_id]
    assert transform.header.frame_id == parent
    base = Pose(np.zeros(3), np.eye(3)) if name == "front" else cameras.simulation.tool()
    optical = base @ pose_of(transform)
    x, y, z = np.array(info.p).reshape(3, 4) @ [*optical.rotation.T @ (CUBE_M - optical.position_m), 1.0]
    red, green, _ = np.moveaxis(np.array(image.data, int).reshape(120, 160, 3), -1, 0)
    rows, columns = np.nonzero(red - green > 60)
    np.testing.assert_allclose([columns.mean(), rows.mean()], [x / z, y / z], atol=2.5)


def test_camera_info_is_that_of_a_camera_without_distortion(graph):
    cameras = graph.build(Cameras, cameras="front", camera_width=160, camera_height=120)
    images, infos = listen(graph, "front")
    publish_until(graph, cameras, lambda: infos)
    info = infos[0]
    focal = 60 / np.tan(np.radians(21.0))
    np.testing.assert_allclose(np.array(info.k).reshape(3, 3), [[focal, 0, 79.5], [0, focal, 59.5], [0, 0, 1]])
    np.testing.assert_array_equal(np.array(info.p).reshape(3, 4)[:, :3], np.array(info.k).reshape(3, 3))
    np.testing.assert_array_equal(np.array(info.p).reshape(3, 4)[:, 3], 0.0)
    np.testing.assert_array_equal(np.array(info.r).reshape(3, 3), np.eye(3))
    assert info.distortion_model == "plumb_bob" and list(info.d) == [0.0] * 5
    assert (info.width, info.height) == (160, 120)


def test_pictures_come_at_their_rate_and_show_the_arm_where_it_is(graph):
    cameras = graph.build(Cameras, cameras="front", camera_width=80, camera_height=60, camera_rate_hz=5.0)
    images, _ = listen(graph, "front")
    now_s = publish_until(graph, cameras, lambda: len(images) >= 5)
    assert len(images) <= 5.0 * (now_s - 100.0) + 3, "no more than the rate, but for the first ones"
    cameras.simulation.place(cameras.simulation.profile.ready_rad + 0.4)
    publish_until(graph, cameras, lambda: c.seconds_from_stamp(images[-1].header.stamp) >= now_s, now_s)
    before, after = (np.array(images[i].data, int) for i in (0, -1))
    assert (np.abs(before - after) > 30).mean() > 0.02


def test_the_compressed_picture_is_the_same_one(graph):
    cameras = graph.build(Cameras, cameras="front", camera_width=160, camera_height=120)
    jpegs = graph.heard(
        graph.probe, CompressedImage, "camera/front/image_raw/compressed", qos_profile_sensor_data
    )
    images, _ = listen(graph, "front")
    publish_until(graph, cameras, lambda: images and jpegs)
    by_stamp = {c.seconds_from_stamp(image.header.stamp): image for image in images}
    jpeg = next(j for j in jpegs if c.seconds_from_stamp(j.header.stamp) in by_stamp)
    image = by_stamp[c.seconds_from_stamp(jpeg.header.stamp)]
    assert jpeg.header == image.header and len(jpeg.data) < len(image.data) / 4
    assert np.abs(pixels(jpeg).astype(int) - pixels(image)).mean() < 3


def test_without_a_name_they_are_those_that_the_model_observes_in_its_size(graph):
    """`midp launch sim model:=FILE` had no cameras: a policy of pictures held the arm, and waited."""
    cameras = graph.build(lambda **options: Cameras(Contract.load("pick_pixels"), **options))
    images, infos = listen(graph, "wrist")
    publish_until(graph, cameras, lambda: len(images) >= 3 and infos)
    assert (images[0].width, images[0].height) == (96, 96)
    stamps = [c.seconds_from_stamp(image.header.stamp) for image in images]
    assert graph.probe.count_publishers("camera/front/image_raw") == 1 and min(np.diff(stamps)) < 0.06


def test_a_models_camera_that_is_not_named_is_missed_and_the_named_one_has_its_size(graph):
    """The policy waited for it for ever, and nothing said why."""
    said = []
    pixels_of = Contract.load("pick_pixels")
    node = graph.build(lambda **options: Node("franka_simulation", **options), cameras="front", camera_width=200)
    declare(node, camera_topics.PARAMETERS)
    node.get_logger().warning = said.append
    cameras, rate_hz = camera_topics.chosen_cameras(node, pixels_of)
    assert [(c.name, c.width, c.height) for c in cameras] == [("front", 200, 96)] and rate_hz == 30.0
    assert said == ["the model observes wrist, too, which is not among cameras=front: it will wait"]
    assert camera_topics.chosen_cameras(node, None)[1] == 10.0


def test_a_model_of_vectors_starts_none(graph):
    graph.build(lambda **options: Cameras(Contract.load("pick"), **options))
    assert not [name for name, _ in graph.probe.get_topic_names_and_types() if "/camera/" in name]


def test_nothing_is_drawn_for_nobody(graph):
    cameras = graph.build(Cameras, cameras="front,wrist", camera_width=32, camera_height=24)
    images, _ = listen(graph, "wrist")
    fetch, drawn = cameras.topics._process.fetch, []
    cameras.topics._process.fetch = lambda: drawn.append(fetch()) or drawn[-1]
    publish_until(graph, cameras, lambda: len(images) >= 2)
    assert {number for pictures in drawn for number in pictures} == {1}


def test_without_cameras_there_is_nothing(graph):
    cameras = graph.build(Cameras)
    cameras.topics.publish(100.0)
    graph.spin_for(0.3)
    assert not [topic for topic, _ in cameras.get_topic_names_and_types() if "camera" in topic or "tf" in topic]


@pytest.mark.parametrize("reliability", ["best_effort", "reliable"])
def test_topics_stand_in_the_namespace_and_frames_bear_the_prefix(graph, reliability):
    graph.build(
        lambda **options: Cameras(namespace="NS_1", **options),
        cameras="front,wrist", arm_prefix="left", camera_reliability=reliability,
    )  # fmt: skip
    for name in ("front", "wrist"):
        for topic, kind in (
            ("image_raw", "Image"), ("image_raw/compressed", "CompressedImage"), ("camera_info", "CameraInfo"),
        ):  # fmt: skip
            (publisher,) = graph.probe.get_publishers_info_by_topic(f"/NS_1/camera/{name}/{topic}")
            assert publisher.topic_type == f"sensor_msgs/msg/{kind}"
            assert publisher.qos_profile.reliability == ReliabilityPolicy[reliability.upper()]
    parents = {child: t.header.frame_id for child, t in transforms_of(graph).items()}
    assert parents == {
        "left_camera_front_optical_frame": "left_fr3_link0",
        "left_camera_wrist_optical_frame": "left_fr3_hand_tcp",
    }


def test_the_arm_goes_on_without_its_cameras(graph):
    cameras = graph.build(Cameras, cameras="front", camera_width=32, camera_height=24)
    images, _ = listen(graph, "front")
    publish_until(graph, cameras, lambda: images)
    cameras.close()
    seen = len(images)
    for now_s in (200.0, 201.0, 202.0):
        cameras.topics.publish(now_s)
    graph.spin_for(0.1)
    assert len(images) == seen


def test_a_rate_out_of_range_is_refused(graph):
    with pytest.raises(ParameterError, match="camera_rate_hz"):
        graph.build(Cameras, cameras="front", camera_rate_hz=500.0)
    with pytest.raises(ParameterError, match="camera_width: got 15, need 0 or at least 16"):
        graph.build(Cameras, cameras="front", camera_width=15)
