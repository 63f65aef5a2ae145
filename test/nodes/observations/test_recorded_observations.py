"""The windows that a policy node sees, against those out of a bag of the same messages."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from tf2_msgs.msg import TFMessage

from midp_ros.control import ObservationMonitor
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, matrix_from_rotation6, matrix_from_rotation_vector
from midp_ros.core.stamp import nanoseconds
from midp_ros.core.window import ObservationWindow, training_windows
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.observations.polled_observations import PolledObservations
from midp_ros.nodes.observations.readers import message_class
from midp_ros.nodes.observations.transform_listener import STATIC
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros.frame_conversions import transform_message
from midp_ros.recording import read_episode
from midp_ros.recording.bag.bag_writer import BagWriter
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import BagTopic
from midp_ros.recording.setup import Driver, Setup

CONTRACT, PROFILE, STEPS = Contract.load("pick"), RobotProfile.load("fr3"), 8
KINDS = {entry.topic: entry.type for entry in CONTRACT.observation}
TOOL, OBJECT = "/franka_robot_state_broadcaster/current_pose", "/task/object_pose"
TF, TF_STATIC, TF_MESSAGE = "/tf", "/tf_static", "tf2_msgs/msg/TFMessage"
CAMERA = Pose(np.array([0.6, 0.0, 0.8]), matrix_from_rotation_vector([0.4, -1.0, 0.3]))  # of the hand it is on: moves


class Robot:
    """Publishes messages, and writes the very bytes into a bag, at the times of a clock that the test sets."""

    def __init__(self, node, path):
        qos = {TF_STATIC: STATIC}
        kinds = {**KINDS, TF: TF_MESSAGE, TF_STATIC: TF_MESSAGE}
        self.topics = {t: node.create_publisher(message_class(k), t, qos.get(t, 10)) for t, k in kinds.items()}
        setup = Setup("policy", (Driver("policy", "/policy/action", CONTRACT.step_s, "policy"),))
        about = {"midp_contract": CONTRACT.to_dict(), "midp_recording": setup.to_plain(), "midp_info": {}}
        self.bag = BagWriter(path, about, reserve_bytes=0)
        kinds["/policy/action"] = "sensor_msgs/msg/JointState"
        self.channels = {
            topic: self.bag.add_topic(BagTopic(topic, kind, message_types().type_hash(kind)))
            for topic, kind in kinds.items()
        }

    def publish(self, topic, time_s, message):
        if topic in self.topics:
            self.topics[topic].publish(message)
        stamp_ns = nanoseconds(time_s)
        self.bag.write(self.channels[topic], 0, stamp_ns, stamp_ns, serialize_message(message))

    def show(self, time_s, rng):
        """One message on each topic; the object is seen by a camera that moves, and its transform comes as well."""
        order = rng.permutation(7)
        joints = rng.normal(size=7)
        self.publish("/franka/joint_states", time_s,
                     c.joint_state_message([PROFILE.joint_names[i] for i in order], time_s, joints[order]))  # fmt: skip
        self.publish("/franka_gripper/joint_states", time_s,
                     c.joint_state_message(PROFILE.finger_joint_names, time_s, rng.uniform(0, 0.04, 2)))  # fmt: skip
        camera = Pose(CAMERA.position_m + rng.normal(size=3), CAMERA.rotation)
        frames = TFMessage(transforms=[transform_message("fr3_link0", "camera", camera, time_s)])
        self.publish(TF, time_s, frames)
        for topic, frame in ((TOOL, "base"), (OBJECT, "camera")):
            pose = Pose(rng.normal(size=3), matrix_from_rotation_vector(rng.normal(size=3)))
            self.publish(topic, time_s, c.pose_message(pose, frame, time_s))


@pytest.mark.parametrize("kind", [ObservationSource, PolledObservations])
def test_a_bag_gives_the_windows_that_the_policy_saw(graph, tmp_path, kind):
    clock, rng = [1000.0], np.random.default_rng(0)
    robot = Robot(graph.probe, tmp_path / "episode_000000")
    source = kind(graph.probe, CONTRACT, PROFILE, lambda: clock[0])
    take = getattr(source, "take", lambda: None)
    observed = [robot.topics[topic] for topic in KINDS]
    assert graph.spin_until(lambda: all(publisher.get_subscription_count() for publisher in observed))
    window, monitor, seen = ObservationWindow(CONTRACT), ObservationMonitor(CONTRACT, 0.5), []

    def arrived(wanted):
        take()
        return source.received >= wanted

    def whole():  # /tf is listened to from the first question on
        take()
        return monitor.observe(clock[0], source.samples())

    robot.show(clock[0], rng)
    graph.spin_until(partial(arrived, len(KINDS)))
    source.samples()
    assert graph.spin_until(lambda: robot.topics[TF].get_subscription_count() > 0)
    for step in range(1, STEPS):
        clock[0] = 1000.0 + step * CONTRACT.step_s
        robot.show(clock[0], rng)
        assert graph.spin_until(partial(arrived, (step + 1) * len(KINDS)))
        assert graph.spin_until(lambda: whole() is not None), monitor.reason
        assert graph.spin_until(lambda: source.samples()["object_position"].time_s == pytest.approx(clock[0], abs=0.05))
        window.push(clock[0], monitor.observe(clock[0], source.samples()))
        seen.append(window.array())
        action = c.action_message(CONTRACT, clock[0], rng.normal(size=CONTRACT.action_size))
        robot.publish("/policy/action", clock[0] + 0.01, action)
    source.close()
    episode = read_episode(robot.bag.finish({}))
    assert len(episode) == STEPS - 1
    np.testing.assert_allclose(training_windows(episode)[0], seen, atol=1e-12)
    fewer = replace(CONTRACT, observation=CONTRACT.observation[:4], horizon=CONTRACT.horizon)
    np.testing.assert_allclose(read_episode(robot.bag.path, fewer).observation, episode.observation[:, :17], atol=0)
    assert np.isfinite(matrix_from_rotation6(episode.column("object_rotation")[0])).all()
