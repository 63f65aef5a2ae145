"""Bags of the messages that a robot would have published while an episode was driven, without ROS."""

import numpy as np

from midp_ros.control.observations.message_values import action_names
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.core.stamp import NANOSECONDS, nanoseconds
from midp_ros.kinematics import RobotProfile
from midp_ros.recording.bag.bag_writer import BagWriter
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import BagTopic
from midp_ros.recording.setup import Driver, Setup

PROFILE = RobotProfile.load("fr3")
JOINT_STATE, POSE = "sensor_msgs/msg/JointState", "geometry_msgs/msg/PoseStamped"
ACTION = "/expert/action"


def header(time_s, frame=""):
    part, stamp_ns = message_types().part, nanoseconds(time_s)
    stamp = part("builtin_interfaces/msg/Time", sec=stamp_ns // NANOSECONDS, nanosec=stamp_ns % NANOSECONDS)
    return part("std_msgs/msg/Header", stamp=stamp, frame_id=frame)


def joint_state(time_s, names, position):
    empty = np.empty(0)
    return message_types().encode(
        JOINT_STATE, header=header(time_s), name=list(names), position=np.array(position, float), velocity=empty,
        effort=empty,
    )  # fmt: skip


def pose_message(time_s, pose, frame="base"):
    part = message_types().part
    x, y, z = (float(v) for v in pose.position_m)
    i, j, k, w = (float(v) for v in pose.quaternion)
    whole = part(
        "geometry_msgs/msg/Pose",
        position=part("geometry_msgs/msg/Point", x=x, y=y, z=z),
        orientation=part("geometry_msgs/msg/Quaternion", x=i, y=j, z=k, w=w),
    )
    return message_types().encode(POSE, header=header(time_s, frame), pose=whole)


def messages(contract: Contract, time_s, vector):
    """Topic, type and bytes of what shows an observation at a time."""
    named = {name: vector[place] for name, place in contract.observation_slices.items()}
    by_topic = {}
    for entry in contract.observation:
        by_topic.setdefault((entry.topic, entry.type), {})[entry.field] = named[entry.name]
    for (topic, kind), fields in by_topic.items():
        if kind == POSE:
            pose = Pose(fields["pose.position"], matrix_from_rotation6(fields["pose.orientation"]))
            yield topic, kind, pose_message(time_s, pose)
        elif len(fields["position"]) == 1:
            width = fields["position"][0] / 2
            yield topic, kind, joint_state(time_s, PROFILE.finger_joint_names, [width, width])
        else:
            yield topic, kind, joint_state(time_s, PROFILE.joint_names, fields["position"])


def action_message(contract, time_s, action):
    return joint_state(time_s, action_names(contract), action)


class RawRecording:
    """A bag under way; `put` takes what the recorder would have received."""

    def __init__(self, path, contract, setup=None, **info):
        self.contract = contract
        self.setup = setup or Setup("expert", (Driver("expert", ACTION, contract.step_s, "expert"),))
        about = {"midp_contract": contract.to_dict(), "midp_recording": self.setup.to_plain()}
        self.writer = BagWriter(path, {**about, "midp_info": {"task": contract.skill, **info}}, reserve_bytes=1 << 16)
        self.channels, self.sequence = {}, 0

    def put(self, topic, kind, received_s, data):
        if topic not in self.channels:
            hashed = message_types().type_hash(kind)
            self.channels[topic] = self.writer.add_topic(BagTopic(topic, kind, hashed))
        self.sequence += 1
        stamp_ns = nanoseconds(received_s)
        self.writer.write(self.channels[topic], self.sequence, stamp_ns, stamp_ns, data)

    def step(self, time_s, vector, action, lag_s=0.001):
        """Observations that have just come, and the action that follows."""
        for topic, kind, data in messages(self.contract, time_s - lag_s, vector):
            self.put(topic, kind, time_s - lag_s, data)
        issued = action_message(self.contract, time_s, action)
        self.put(self.setup.drivers[0].topic, JOINT_STATE, time_s + lag_s, issued)


def smooth_episode(contract, steps=20, seed=0, start_s=1000.0):
    """An episode whose rotations are rotations."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(steps):
        parts = []
        for entry in contract.observation:
            turned = Pose.from_quaternion(np.zeros(3), (q := rng.normal(size=4)) / np.linalg.norm(q)).rotation6
            parts.append(turned if entry.size == 6 else rng.uniform(0.01, 0.07, entry.size))
        rows.append(np.concatenate(parts))
    times = start_s + np.arange(steps) * contract.step_s
    return Episode(contract, times, np.stack(rows), rng.normal(size=(steps, contract.action_size)))


def write_bag(path, episode, **info):
    """The bag of an episode, finished."""
    recording = RawRecording(path, episode.contract, **info)
    for row in zip(episode.time_s, episode.observation, episode.action, strict=True):
        recording.step(*row)
    return recording.writer.finish({"success": True})
