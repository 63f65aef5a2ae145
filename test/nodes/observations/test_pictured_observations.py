"""Cameras' topics over DDS: the windows that a policy node sees, against those out of a bag of the same messages."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CompressedImage, Image, JointState

from midp_ros.control import ObservationMonitor
from midp_ros.control.supervision.observation_monitor import pictures
from midp_ros.core.contract import Contract, ImageEntry
from midp_ros.core.stamp import nanoseconds
from midp_ros.core.window import ObservationWindow
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.observations.polled_observations import PolledObservations
from midp_ros.nodes.ros import conversions as c
from midp_ros.recording import read_episode
from midp_ros.recording.bag.bag_writer import BagWriter
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import BagTopic
from midp_ros.recording.picture_message import encoded
from midp_ros.recording.setup import Driver, Setup

PROFILE, STEPS, JOINTS = RobotProfile.load("fr3"), 6, "/franka/joint_states"
BASE = Contract.load("reach_pixels")
CONTRACT = replace(
    BASE,
    observation=BASE.observation[:1],
    action=tuple(replace(entry, relative_to="") for entry in BASE.action),
    images=(
        ImageEntry("front", (24, 24, 3), topic="/camera/front/image_raw"),
        ImageEntry("wrist", (24, 24, 3), topic="/wrist/compressed", type="sensor_msgs/msg/CompressedImage"),
    ),
)
FRONT, WRIST = (image.topic for image in CONTRACT.images)
KINDS = {entry.topic: entry.type for entry in CONTRACT.observed}


class Robot:
    """Publishes messages, and writes the very bytes into a bag, at the times of a clock that the test sets."""

    def __init__(self, node, path):
        types = {FRONT: Image, WRIST: CompressedImage}
        self.topics = {t: node.create_publisher(types.get(t, JointState), t, 10) for t in KINDS}
        setup = Setup("policy", (Driver("policy", "/policy/action", CONTRACT.step_s, "policy"),))
        about = {"midp_contract": CONTRACT.to_dict(), "midp_recording": setup.to_plain(), "midp_info": {}}
        self.bag = BagWriter(path, about, reserve_bytes=0)
        self.channels = {
            topic: self.bag.add_topic(BagTopic(topic, kind, message_types().type_hash(kind)))
            for topic, kind in {**KINDS, "/policy/action": "sensor_msgs/msg/JointState"}.items()
        }

    def publish(self, topic, time_s, message):
        if topic in self.topics:
            self.topics[topic].publish(message)
        stamp_ns = nanoseconds(time_s)
        self.bag.write(self.channels[topic], 0, stamp_ns, stamp_ns, serialize_message(message))

    def show(self, time_s, rng, late_s=0.0):
        """Joints and both cameras; the wrist's picture may be an older one."""
        self.publish(JOINTS, time_s, c.joint_state_message(PROFILE.joint_names, time_s, rng.normal(size=7)))
        picture = rng.integers(0, 256, (48, 64, 3), np.uint8)
        front = Image(height=48, width=64, encoding="bgr8", step=3 * 64, data=picture.tobytes())
        front.header.stamp = c.stamp_from_seconds(time_s)
        self.publish(FRONT, time_s, front)
        wrist = deserialize_message(encoded(picture[:24, :24], nanoseconds(time_s - late_s), "wrist"), CompressedImage)
        self.publish(WRIST, time_s, wrist)


@pytest.mark.parametrize("kind", [ObservationSource, PolledObservations])
def test_a_bag_gives_the_pictures_that_the_policy_saw(graph, tmp_path, kind):
    clock, rng = [1000.0], np.random.default_rng(0)
    robot = Robot(graph.probe, tmp_path / "episode_000000")
    source = kind(graph.probe, CONTRACT, PROFILE, lambda: clock[0])
    take = getattr(source, "take", lambda: None)
    assert graph.spin_until(lambda: all(publisher.get_subscription_count() for publisher in robot.topics.values()))

    def arrived(wanted):
        take()
        return source.received >= wanted

    window, monitor, seen = ObservationWindow(CONTRACT), ObservationMonitor(CONTRACT, 0.5), []
    for step in range(STEPS):
        clock[0] = 1000.0 + step * CONTRACT.step_s
        robot.show(clock[0], rng, late_s=0.1 * (step == 3))  # then the front camera's picture before is the one
        assert graph.spin_until(partial(arrived, (step + 1) * len(KINDS)))
        samples = source.samples()
        assert samples["front"].time_s == pytest.approx(samples["wrist"].time_s, abs=CONTRACT.step_s / 2)
        window.push(clock[0], monitor.observe(clock[0], samples), pictures(CONTRACT, samples))
        seen.append(window.images())
        robot.publish("/policy/action", clock[0] + 0.01, c.action_message(CONTRACT, clock[0], rng.normal(size=9)))
    source.close()
    episode = read_episode(robot.bag.finish({}))
    assert len(episode) == STEPS
    for name in ("front", "wrist"):
        np.testing.assert_array_equal(episode.images[name], [each[name][-1] for each in seen])
    assert (seen[3]["front"][0] == seen[3]["front"][1]).all() and (seen[4]["front"][0] != seen[4]["front"][1]).any()
