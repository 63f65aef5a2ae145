"""The state topics on a graph: names, types, QoS, frames and rates of franka_ros2."""

import time

import numpy as np
import pytest
from arm_states import arm_state
from franka_msgs.msg import FrankaRobotState
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from midp_ros.cli.benchmarks.stand_in import TOPICS as MEASURED
from midp_ros.core.pose import Pose
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros import robot_names
from midp_ros.nodes.ros.parameters import declare
from midp_ros.nodes.ros.publish_rate import PublishRate
from midp_ros.nodes.ros.robot_names import robot_names as names_of
from midp_ros.nodes.stand_in import frame_topics, state_topics
from midp_ros.nodes.stand_in.clock_topic import ClockTopic
from midp_ros.nodes.stand_in.frame_topics import FrameTopics
from midp_ros.nodes.stand_in.state_topics import StateTopics

BROADCASTER = "franka_robot_state_broadcaster"
BEST_EFFORT, RELIABLE = ReliabilityPolicy.BEST_EFFORT, ReliabilityPolicy.RELIABLE
# Section 2 of the reference: topic, type, frame, reliability.
TOPICS = [
    ("franka/joint_states", JointState, "", RELIABLE),
    ("joint_states", JointState, "", RELIABLE),
    ("franka_gripper/joint_states", JointState, "", RELIABLE),
    (f"{BROADCASTER}/robot_state", FrankaRobotState, "", RELIABLE),
    (f"{BROADCASTER}/current_pose", PoseStamped, "base", BEST_EFFORT),
    (f"{BROADCASTER}/last_desired_pose", PoseStamped, "base", BEST_EFFORT),
    (f"{BROADCASTER}/desired_end_effector_twist", TwistStamped, "base", BEST_EFFORT),
    (f"{BROADCASTER}/measured_joint_states", JointState, "base", BEST_EFFORT),
    (f"{BROADCASTER}/desired_joint_states", JointState, "base", BEST_EFFORT),
    (f"{BROADCASTER}/external_joint_torques", JointState, "base", BEST_EFFORT),
    (f"{BROADCASTER}/external_wrench_in_base_frame", WrenchStamped, "base", BEST_EFFORT),
    (f"{BROADCASTER}/external_wrench_in_stiffness_frame", WrenchStamped, "fr3_hand_tcp", BEST_EFFORT),
    ("task/object_pose", PoseStamped, "fr3_link0", RELIABLE),
]


class Speaker(Node):
    """A node that says all that a robot of this state would say."""

    def __init__(self, robot="fr3", **options):
        super().__init__("franka_simulation", **options)
        declare(self, (*robot_names.PARAMETERS, *state_topics.PARAMETERS, *frame_topics.PARAMETERS))
        self.names = names_of(self, RobotProfile.load(robot))
        self.state, self.asked = arm_state(), 0
        width_m, object_pose = 0.05, Pose(np.array([0.4, 0.1, 0.02]), np.eye(3))
        self.topics = StateTopics(
            self, self.names.profile, self.names.root_frame, "franka_gripper",
            self.arm, lambda: width_m, lambda: {"object": object_pose},
        )  # fmt: skip
        self.frames = FrameTopics(self, self.names.urdf, lambda: (self.state.position_rad, width_m), 1.0)

    def arm(self):
        self.asked += 1
        return self.state


@pytest.fixture
def speaker(graph):
    return graph.build(Speaker)


def hear(graph, topics, namespace=""):
    """What best-effort subscriptions hear, once they are matched."""
    heard = {t: graph.heard(graph.probe, kind, f"{namespace}/{t}", qos_profile_sensor_data) for t, kind, *_ in topics}
    assert graph.spin_until(lambda: all(graph.probe.count_publishers(f"{namespace}/{t}") for t in heard))
    graph.spin_for(0.3)
    return heard


def say(graph, speaker, heard, time_s):
    speaker.topics.publish(time_s)
    speaker.frames.publish(time_s)
    assert graph.spin_until(lambda: all(heard.values())), [t for t, m in heard.items() if not m]


def test_every_topic_has_its_type_frame_reliability_and_stamp(graph, speaker):
    heard = hear(graph, TOPICS)
    now_s = time.time()
    say(graph, speaker, heard, now_s)
    for topic, kind, frame, reliability in TOPICS:
        (publisher,) = graph.probe.get_publishers_info_by_topic(f"/{topic}")
        assert publisher.topic_type == kind.__module__.split("._")[0].replace(".", "/") + "/" + kind.__name__
        assert publisher.qos_profile.reliability == reliability, topic
        (message,) = heard[topic]
        assert message.header.frame_id == frame, topic
        assert c.seconds_from_stamp(message.header.stamp) == now_s, topic
    assert speaker.asked == 1  # one look at the arm for all of them


def test_the_topics_say_what_robot_state_says(graph, speaker):
    heard = hear(graph, TOPICS)
    say(graph, speaker, heard, time.time())
    said = {topic.split("/")[-1]: messages[0] for topic, messages in heard.items() if BROADCASTER in topic}
    whole = said["robot_state"]
    assert said["current_pose"] == whole.o_t_ee and said["last_desired_pose"] == whole.o_t_ee_d
    assert said["desired_end_effector_twist"] == whole.o_dp_ee_d
    assert said["measured_joint_states"] == whole.measured_joint_state
    assert said["desired_joint_states"] == whole.desired_joint_state
    assert said["external_joint_torques"] == whole.tau_ext_hat_filtered
    assert said["external_wrench_in_base_frame"] == whole.o_f_ext_hat_k
    assert said["external_wrench_in_stiffness_frame"] == whole.k_f_ext_hat_k
    np.testing.assert_array_equal(whole.measured_joint_state.position, speaker.state.position_rad)


def test_joint_states_of_arm_fingers_and_both(graph, speaker):
    heard = hear(graph, TOPICS)
    say(graph, speaker, heard, time.time())
    arm, fingers, both = (heard[t][0] for t in ("franka/joint_states", "franka_gripper/joint_states", "joint_states"))
    assert list(fingers.name) == ["fr3_finger_joint1", "fr3_finger_joint2"]
    assert list(fingers.position) == [0.025, 0.025] and list(fingers.velocity) == list(fingers.effort) == [0.0, 0.0]
    for field in ("name", "position", "velocity", "effort"):
        assert list(getattr(both, field)) == [*getattr(arm, field), *getattr(fingers, field)]
    np.testing.assert_array_equal(arm.effort, speaker.state.torque_nm)
    p = heard["task/object_pose"][0].pose.position
    assert (p.x, p.y, p.z) == (0.4, 0.1, 0.02)


def test_the_bench_measures_topics_that_there_are(graph, speaker):
    assert set(MEASURED) <= {name for name, _ in speaker.get_topic_names_and_types()}


def test_nothing_is_computed_for_nobody(graph, speaker):
    heard = hear(graph, [("franka_gripper/joint_states", JointState)])

    def nobody_asks():
        before, speaker.asked = speaker.asked, 0
        say(graph, speaker, heard, time.time())
        return before == speaker.asked == 0

    assert graph.spin_until(nobody_asks), "the subscriptions of an earlier test leave the graph after a while"


def test_without_a_control_node_only_the_other_nodes_speak(graph, speaker):
    heard = hear(graph, TOPICS)
    speaker.topics.publish(time.time(), control_alive=False)
    assert graph.spin_until(lambda: heard["joint_states"] and heard["franka_gripper/joint_states"])
    graph.spin_for(0.3)
    assert {t for t, m in heard.items() if m} == {"joint_states", "franka_gripper/joint_states", "task/object_pose"}


@pytest.mark.parametrize("robot_type, prefix, start", [("fr3", "", "fr3_"), ("fr3v2", "left", "left_fr3v2_")])
def test_a_namespace_and_a_prefix_go_where_franka_bringup_puts_them(graph, robot_type, prefix, start):
    def make(**options):
        return Speaker(namespace="NS_1", **options)

    speaker = graph.build(make, robot_type=robot_type, arm_prefix=prefix)
    heard = hear(graph, TOPICS, "/NS_1")
    transforms = graph.heard(graph.probe, TFMessage, "/tf")
    graph.spin_for(0.3)
    say(graph, speaker, heard | {"tf": transforms}, time.time())
    assert list(heard["joint_states"][0].name)[:8] == [
        *(f"{start}joint{i}" for i in range(1, 8)), f"{robot_type}_finger_joint1",
    ]  # fmt: skip
    assert heard[f"{BROADCASTER}/external_wrench_in_stiffness_frame"][0].header.frame_id == f"{start}hand_tcp"
    assert transforms[0].transforms[0].header.frame_id.startswith(start)


def test_the_old_generation_stands_on_its_first_link_and_speaks_reliably(graph):
    speaker = graph.build(
        lambda **options: Speaker("panda", **options),
        root_frame="panda_link0", convenience_reliability="reliable",
    )  # fmt: skip
    topic = f"{BROADCASTER}/current_pose"
    poses = graph.heard(graph.probe, PoseStamped, f"/{topic}", QoSProfile(depth=1))
    assert graph.spin_until(lambda: graph.probe.count_publishers(f"/{topic}"))
    graph.spin_for(0.3)
    say(graph, speaker, {topic: poses}, time.time())
    assert poses[0].header.frame_id == "panda_link0"


def test_frames_and_description_are_there_for_late_comers(graph, speaker):
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    fixed = graph.heard(graph.probe, TFMessage, "/tf_static", latched)
    description = graph.heard(graph.probe, String, "/robot_description", latched)
    moving = graph.heard(graph.probe, TFMessage, "/tf", QoSProfile(depth=100))
    assert graph.spin_until(lambda: fixed and description)
    assert description[0].data == speaker.names.urdf
    say(graph, speaker, {"tf": moving}, 5.0)
    transforms = {t.child_frame_id: t for t in [*fixed[0].transforms, *moving[0].transforms]}
    assert len(transforms) == 13 and transforms["fr3_link0"].header.frame_id == "base"
    pose, link = Pose(np.zeros(3), np.eye(3)), "fr3_link8"
    while link != "base":
        t = transforms[link].transform
        p, q = t.translation, t.rotation
        pose, link = (
            Pose.from_quaternion([p.x, p.y, p.z], [q.x, q.y, q.z, q.w]) @ pose, transforms[link].header.frame_id,
        )  # fmt: skip
    np.testing.assert_allclose(pose.position_m, speaker.state.flange_measured.position_m, atol=1e-12)
    assert c.seconds_from_stamp(transforms["fr3_link3"].header.stamp) == 5.0
    assert c.seconds_from_stamp(transforms["fr3_link0"].header.stamp) == 1.0


def test_the_clock_says_the_time_it_is_told(graph):
    clock = ClockTopic(graph.probe)
    heard = graph.heard(graph.probe, Clock, "/clock", qos_profile_sensor_data)
    graph.spin_for(0.3)
    clock.publish(12.345)
    assert graph.spin_until(lambda: heard)
    assert c.seconds_from_stamp(heard[0].clock) == 12.345


@pytest.mark.parametrize(
    "rate_hz, asked_hz, expected_hz", [(30, 1000, 30), (100, 250, 100), (100, 100, 100), (500, 100, 100)]
)
def test_a_rate_is_kept_in_the_mean_however_irregular_the_asking(rate_hz, asked_hz, expected_hz):
    rng = np.random.default_rng(0)
    times_s = 1.7e9 + np.arange(0, 10, 1 / asked_hz) + rng.uniform(0, 0.9 / asked_hz, 10 * asked_hz)
    rate = PublishRate(rate_hz)
    assert sum(rate.due(t) for t in times_s) / 10 == pytest.approx(expected_hz, rel=0.02)


def test_a_rate_survives_a_clock_that_jumps_back():
    rate = PublishRate(10.0)
    assert rate.due(1e9) and rate.due(5.0) and not rate.due(5.01) and rate.due(5.2)
