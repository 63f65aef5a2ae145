"""Observations in other frames than the contract's: transformed by /tf, or not used, and both frames are named."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from sensor_msgs.msg import Image, JointState
from tf2_msgs.msg import TFMessage

from midp_ros.control.observations.framed_reader import FramedReader, newest_samples
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.errors import ContractError
from midp_ros.core.pose import Pose, angle_between, matrix_from_rotation6, rotation_about_x, rotation_about_z
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.kinematics.naming import frame_names, named
from midp_ros.kinematics.transform_buffer import TransformBuffer
from midp_ros.nodes.observations.polled_observations import PolledObservations
from midp_ros.nodes.observations.readers import entry_reader
from midp_ros.nodes.observations.transform_listener import STATIC
from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros.frame_conversions import transform_message
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.nodes.stand_in.simulation_node import SimulationNode

PROFILE = RobotProfile.load("fr3")
CONTRACT = Contract.load(Path(__file__).parents[3] / "config" / "contracts" / "reach.yaml")
GOAL = next(e for e in CONTRACT.observation if e.name == "goal_position")
CAMERA = Pose(np.array([1.0, 0.4, 0.6]), rotation_about_z(2.0) @ rotation_about_x(-2.2))  # in the base
LENS = Pose(np.array([0.0, 0.03, 0.01]), rotation_about_x(0.1))  # in the camera
POSE = Pose(np.array([0.5, 0.1, 0.3]), rotation_about_x(np.pi))


class Known:
    """Stands for the listener: what is in a buffer."""

    def __init__(self):
        self.buffer = TransformBuffer()

    def pose(self, targets, source, time_s):
        return self.buffer.lookup(targets[0], source, time_s)


def position_reader(transforms, entry=GOAL, profile=PROFILE):
    def read(message):
        return c.pose_from_message(message).position_m

    return FramedReader(entry, read, profile, transforms)


# --- without a graph -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("frame", ["base", "fr3_link0", "/fr3_link0"])
def test_names_of_the_base_need_no_transform(frame):
    sample = position_reader(Known()).sample(5.0, c.pose_message(POSE, frame, 4.0))
    assert sample.time_s == 4.0
    np.testing.assert_array_equal(sample.value, POSE.position_m)


def test_names_of_frames_follow_the_robot_s():
    left = named(PROFILE, "fr3v2", "left")
    assert frame_names("base", left) == ("left_fr3v2_link0", "base")
    assert frame_names("tool", left) == ("left_fr3v2_hand_tcp",)
    assert frame_names("base", RobotProfile.load("panda")) == ("panda_link0", "base")
    assert frame_names("camera_lens", left) == ("camera_lens",)
    reader = position_reader(Known(), profile=left)
    assert reader.sample(5.0, c.pose_message(POSE, "left_fr3v2_link0", 4.0)).value is not None
    assert "'fr3_link0'" in reader.sample(5.0, c.pose_message(POSE, "fr3_link0", 4.0)).problem


def test_an_unknown_frame_and_an_empty_one_are_not_used():
    sample = position_reader(Known()).sample(5.0, c.pose_message(POSE, "camera_lens", 4.0))
    assert sample.value is None
    for word in ("'camera_lens'", "'fr3_link0' or 'base'", "/tf"):
        assert word in sample.problem
    sample = position_reader(Known()).sample(5.0, c.pose_message(POSE, "", 4.0))
    assert sample.value is None and "frame_id is empty" in sample.problem


def test_a_contract_may_name_another_frame_or_none():
    transforms = Known()
    transforms.buffer.put("fr3_link0", "camera", CAMERA)
    in_camera = position_reader(transforms, replace(GOAL, frame="camera"))
    np.testing.assert_array_equal(in_camera.sample(5.0, c.pose_message(POSE, "camera", 4.0)).value, POSE.position_m)
    found = in_camera.sample(5.0, c.pose_message(POSE, "fr3_link0", 4.0)).value
    np.testing.assert_allclose(found, (CAMERA.inverse() @ POSE).position_m, atol=1e-12)
    without = position_reader(transforms, replace(GOAL, frame=""))  # a pose's is the base then
    np.testing.assert_allclose(
        without.sample(5.0, c.pose_message(CAMERA.inverse() @ POSE, "camera", 4.0)).value, POSE.position_m, atol=1e-12
    )


def test_joint_states_have_no_frame_and_a_picture_only_the_one_that_the_contract_names():
    def reader(frame, kind):
        entry = replace(GOAL, frame=frame, type=f"sensor_msgs/msg/{kind.__name__}")
        return FramedReader(entry, lambda message: np.zeros(1), PROFILE, Known())

    joints, picture = JointState(), Image()
    joints.header.frame_id = picture.header.frame_id = "anything"
    assert reader("base", JointState).sample(1.0, joints).value is not None
    assert reader("", Image).sample(1.0, picture).value is not None
    refused = reader("wrist_lens", Image).sample(1.0, picture)
    assert "'anything'" in refused.problem and "'wrist_lens'" in refused.problem


@pytest.mark.parametrize(
    "kind, field, part",
    [
        (WrenchStamped, "wrench.force", lambda m: m.wrench.force),
        (WrenchStamped, "wrench.torque", lambda m: m.wrench.torque),
        (TwistStamped, "twist.linear", lambda m: m.twist.linear),
    ],
)
def test_twists_and_wrenches_come_in_the_contract_s_axes(kind, field, part):
    entry = Entry("touch", 3, "N", frame="tool", topic="/touch", type=f"geometry_msgs/msg/{kind.__name__}", field=field)
    transforms, message = Known(), kind()
    transforms.buffer.put("fr3_hand_tcp", "sensor", CAMERA)
    part(message).x, part(message).y, part(message).z = 1.0, 2.0, 3.0
    reader = FramedReader(entry, entry_reader(entry, PROFILE), PROFILE, transforms)
    for frame, wanted in (("fr3_hand_tcp", [1.0, 2.0, 3.0]), ("sensor", CAMERA.rotation @ [1.0, 2.0, 3.0])):
        message.header.frame_id = frame
        np.testing.assert_allclose(reader.sample(1.0, message).value, wanted, atol=1e-12)
    message.header.frame_id = "elsewhere"
    assert "'elsewhere'" in reader.sample(1.0, message).problem
    part(message).x, message.header.frame_id = float("nan"), "fr3_hand_tcp"
    assert "not finite" in reader.sample(1.0, message).problem
    with pytest.raises(ContractError, match=f"known: .*{field} of size 3"):
        entry_reader(replace(entry, field="all"), PROFILE)


def test_until_a_transform_has_come_the_message_before_counts():
    transforms = Known()
    transforms.buffer.put("fr3_link0", "camera", CAMERA, 4.0)
    readers = {"goal_position": position_reader(transforms)}
    moved = Pose(POSE.position_m + 0.1, POSE.rotation)
    messages = [(4.2, c.pose_message(CAMERA.inverse() @ moved, "camera", 4.1)),
                (4.0, c.pose_message(CAMERA.inverse() @ POSE, "camera", 4.0))]  # fmt: skip
    samples, waiting = newest_samples(readers, messages)
    assert waiting and samples["goal_position"].time_s == 4.0
    np.testing.assert_allclose(samples["goal_position"].value, POSE.position_m, atol=1e-12)
    samples, waiting = newest_samples(readers, messages[:1])
    assert waiting and "'camera'" in samples["goal_position"].problem and "older" in samples["goal_position"].problem
    transforms.buffer.put("fr3_link0", "camera", CAMERA, 4.1)
    samples, waiting = newest_samples(readers, messages)
    assert not waiting and samples["goal_position"].time_s == 4.1
    assert newest_samples(readers, []) == ({}, False)


# --- over DDS --------------------------------------------------------------------------------------------------------
class Perception:
    """Publishes the stand-in's goal in a frame of its own, from what it knows of the camera or of the arm."""

    def __init__(self, graph, mounted_on):
        self.graph, self.mounted_on, self.model = graph, mounted_on, ArmModel(PROFILE)
        self.goal, self.joints = None, None
        self.publisher = graph.probe.create_publisher(PoseStamped, "/task/goal_pose", 5)
        static = graph.probe.create_publisher(TFMessage, "/tf_static", STATIC)
        parents = {"camera": ("fr3_link0", CAMERA), "lens": ("camera", LENS)} if mounted_on == "base" else {}
        static.publish(TFMessage(transforms=[transform_message(p, f, x, 0.0) for f, (p, x) in parents.items()]))
        graph.probe.create_subscription(PoseStamped, "/raw/goal_pose", self.on_goal, 5)
        graph.probe.create_subscription(JointState, "/franka/joint_states", self.on_joints, 1)

    def on_goal(self, message):
        self.goal = c.pose_from_message(message)
        if self.mounted_on == "base":
            in_lens = (CAMERA @ LENS).inverse() @ self.goal
            self.publisher.publish(c.pose_message(in_lens, "lens", c.seconds_from_stamp(message.header.stamp)))

    def on_joints(self, message):
        if self.goal is not None and self.mounted_on == "hand":
            tool = self.model.forward(c.joints_from_message(message, PROFILE.joint_names))
            stamp_s = c.seconds_from_stamp(message.header.stamp)
            self.publisher.publish(c.pose_message(tool.inverse() @ self.goal, "fr3_hand_tcp", stamp_s))


@pytest.mark.parametrize("mounted_on", ["base", "hand"])
def test_the_arm_reaches_a_goal_that_is_seen_from_a_camera(graph, long_episodes, mounted_on):
    graph.add(SimulationNode(cli_args=["--ros-args", "-p", "task:=reach", "-r", "task/goal_pose:=/raw/goal_pose"]))
    perception = Perception(graph, mounted_on)
    statuses = graph.heard(graph.probe, DiagnosticStatus, "/task/status")
    graph.build(ExpertNode, task="reach")
    assert graph.spin_until(lambda: statuses and TaskReport.from_message(statuses[-1]).success, 20.0), statuses[-1:]
    assert perception.goal is not None


def test_goals_from_a_moving_hand_are_right_to_millimetres(graph):
    """Positions over DDS beside their true values; /tf comes at 30 Hz, and is interpolated."""
    model, source = ArmModel(PROFILE), PolledObservations(graph.probe, CONTRACT, PROFILE, time.time)
    goals = graph.probe.create_publisher(PoseStamped, "/task/goal_pose", 5)
    frames = graph.probe.create_publisher(TFMessage, "/tf", 100)

    def tool(time_s):
        return model.forward(PROFILE.ready_rad + 0.3 * np.sin(time_s))

    def publish_tf():
        now_s = time.time()
        frames.publish(TFMessage(transforms=[transform_message("fr3_link0", "fr3_hand_tcp", tool(now_s), now_s)]))

    def publish_goal():
        now_s = time.time()
        goals.publish(c.pose_message(tool(now_s).inverse() @ POSE, "fr3_hand_tcp", now_s))

    graph.probe.create_timer(0.033, publish_tf)
    graph.probe.create_timer(0.02, publish_goal)
    found = []

    def enough():
        source.take()
        samples = source.samples()
        if "goal_position" in samples and samples["goal_position"].value is not None:
            found.append((samples["goal_position"], samples["goal_rotation"]))
        return len({position.time_s for position, _ in found}) > 15

    assert graph.spin_until(enough), found
    for position, rotation in found:
        np.testing.assert_allclose(position.value, POSE.position_m, atol=5e-3)
        assert angle_between(matrix_from_rotation6(rotation.value), POSE.rotation) < 1e-2
    source.close()
