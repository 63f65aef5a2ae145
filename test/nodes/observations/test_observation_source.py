"""What a policy sees over ROS is what it was trained on: the same windows in process and over topics."""

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from midp_ros.control import ObservationMonitor
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import ContractError
from midp_ros.core.pose import Pose, matrix_from_rotation6, matrix_from_rotation_vector
from midp_ros.core.window import ObservationWindow, training_windows
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.observations.polled_observations import PolledObservations
from midp_ros.nodes.observations.readers import entry_reader
from midp_ros.nodes.ros import conversions as c

CONTRACT = Contract.load(Path(__file__).parents[3] / "config" / "contracts" / "pick.yaml")
PROFILE = RobotProfile.load("fr3")
TOOL, OBJECT = "/franka_robot_state_broadcaster/current_pose", "/task/object_pose"


class Robot:
    """Publishes frames of an episode as a robot would, its clock set by the test."""

    def __init__(self, node):
        self.arm = node.create_publisher(JointState, "/franka/joint_states", 10)
        self.fingers = node.create_publisher(JointState, "/franka_gripper/joint_states", 10)
        self.poses = {t: node.create_publisher(PoseStamped, t, 10) for t in (TOOL, OBJECT)}

    def publish(self, time_s, values, joint_order=range(7)):
        order = list(joint_order)
        names = [PROFILE.joint_names[i] for i in order]
        self.arm.publish(c.joint_state_message(names, time_s, values["joint_position"][order]))
        fingers = np.repeat(values["gripper_width"] / 2, 2)
        self.fingers.publish(c.joint_state_message(PROFILE.finger_joint_names, time_s, fingers))
        for topic, name in ((TOOL, "tool"), (OBJECT, "object")):
            pose = Pose(values[f"{name}_position"], matrix_from_rotation6(values[f"{name}_rotation"]))
            self.poses[topic].publish(c.pose_message(pose, "base", time_s))


class Bench:
    def __init__(self, graph, kind=ObservationSource):
        self.graph, self.time_s = graph, 1000.0
        self.robot = Robot(graph.probe)
        self.source = kind(graph.probe, CONTRACT, PROFILE, lambda: self.time_s)
        publishers = (self.robot.arm, self.robot.fingers, *self.robot.poses.values())
        assert graph.spin_until(lambda: all(p.get_subscription_count() for p in publishers))

    def show(self, values, **how):
        wanted = self.source.received + 4
        self.robot.publish(self.time_s, values, **how)
        assert self.graph.spin_until(lambda: self.source.received == wanted)


class PolledBench(Bench):
    def __init__(self, graph, **how):
        super().__init__(graph, partial(PolledObservations, **how))

    def hear(self):
        """Until every topic has spoken."""
        spoken = set()

        def all_four():
            spoken.update(self.source.take())
            return len(spoken) == 4

        assert self.graph.spin_until(all_four)

    def show(self, values, **how):
        self.robot.publish(self.time_s, values, **how)
        self.hear()


@pytest.fixture
def bench(graph):
    return Bench(graph)


@pytest.fixture
def polled(graph):
    return PolledBench(graph)


@pytest.fixture(params=["bench", "polled"])
def either(request):
    return request.getfixturevalue(request.param)


def episode(steps=12, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(steps):
        turns = {f"{n}_rotation": Pose(np.zeros(3), matrix_from_rotation_vector(rng.normal(size=3))).rotation6
                 for n in ("tool", "object")}  # fmt: skip
        rest = {e.name: rng.normal(size=e.size) for e in CONTRACT.observation if e.name not in turns}
        rows.append(np.concatenate([{**rest, **turns}[e.name] for e in CONTRACT.observation]))
    times = 1000.0 + 0.1 * np.arange(steps)
    return Episode(CONTRACT, times, np.stack(rows), rng.normal(size=(steps, CONTRACT.action_size)))


def named(vector):
    return {name: vector[place] for name, place in CONTRACT.observation_slices.items()}


def test_a_replayed_episode_gives_the_same_windows_over_ros_as_in_training(either):
    bench = either
    recorded = episode()
    wanted, _ = training_windows(recorded)
    window, supervisor = ObservationWindow(CONTRACT), ObservationMonitor(CONTRACT, 0.5)
    order = np.random.default_rng(1)
    for k, time_s in enumerate(recorded.time_s):
        bench.time_s = time_s
        bench.show(named(recorded.observation[k]), joint_order=order.permutation(7))
        window.push(time_s, supervisor.observe(time_s, bench.source.samples()))
        np.testing.assert_allclose(window.array(), wanted[k], atol=1e-12)


def test_the_recorder_sees_what_was_known_at_the_time_of_the_action(bench):
    recorded = episode()
    for k, time_s in enumerate(recorded.time_s[:5]):
        bench.time_s = time_s
        bench.show(named(recorded.observation[k]))
    supervisor = ObservationMonitor(CONTRACT, 0.5)
    for k in range(5):
        time_s = recorded.time_s[k] + 0.05
        vector = supervisor.observe(time_s, bench.source.samples(time_s))
        np.testing.assert_allclose(vector, recorded.observation[k], atol=1e-12)
    assert bench.source.samples(999.0) == {}


def test_what_is_missing_stays_out_and_a_clear_forgets(bench):
    assert bench.source.samples() == {}
    bench.show(named(episode().observation[0]))
    assert set(bench.source.samples()) == {e.name for e in CONTRACT.observation}
    bench.source.clear()
    assert bench.source.samples() == {} and bench.source.received == 0


def test_what_was_read_while_waiting_gives_way_to_what_comes_after(polled):
    first, second = (named(vector) for vector in episode().observation[:2])
    polled.show(first)
    polled.source.read()
    polled.robot.arm.publish(c.joint_state_message(PROFILE.joint_names, polled.time_s, second["joint_position"]))
    assert polled.graph.spin_until(lambda: "/franka/joint_states" in polled.source.take())
    samples = polled.source.samples()
    np.testing.assert_allclose(samples["joint_position"].value, second["joint_position"], atol=1e-12)
    np.testing.assert_allclose(samples["tool_position"].value, first["tool_position"], atol=1e-12)
    polled.source.clear()
    assert polled.source.samples() == {}


def test_a_bad_joint_state_is_a_problem_until_a_good_one_comes(either):
    bench = either
    values = named(episode().observation[0])
    bench.show(values)
    bad = {**values, "joint_position": values["joint_position"].copy()}
    bad["joint_position"][2] = np.nan
    bench.show(bad)
    sample = bench.source.samples()["joint_position"]
    assert sample.value is None and "'fr3_joint3' is nan" in sample.problem
    assert not bench.source.samples()["tool_position"].problem
    bench.show(values)
    assert not bench.source.samples()["joint_position"].problem


def test_the_sender_s_stamp_counts_unless_it_lies_ahead(bench):
    bench.robot.publish(990.0, named(episode().observation[0]))
    assert bench.graph.spin_until(lambda: bench.source.received == 4)
    assert {s.time_s for s in bench.source.samples().values()} == {990.0}
    bench.robot.publish(1010.0, named(episode().observation[0]))
    assert bench.graph.spin_until(lambda: bench.source.received == 8)
    assert {s.time_s for s in bench.source.samples().values()} == {1000.0}
    bench.robot.publish(0.0, named(episode().observation[0]))
    assert bench.graph.spin_until(lambda: bench.source.received == 12)
    assert {s.time_s for s in bench.source.samples().values()} == {1000.0}


def test_polled_topics_keep_the_rules_for_stamps_and_forget_what_was_not_looked_at(polled):
    values = named(episode().observation[0])
    assert polled.source.samples() == {} and np.isnan(polled.source.published_s)
    for stamp_s, counts_s in ((990.0, 990.0), (1010.0, 1000.0), (0.0, 1000.0)):
        polled.robot.publish(stamp_s, values)
        published_s = time.time()
        polled.hear()
        times_s = [s.time_s for s in polled.source.samples().values()]
        assert len(times_s) == len(CONTRACT.observation)
        np.testing.assert_allclose(times_s, counts_s, atol=0.5)  # less what a message waited to be looked at
        assert polled.source.published_s == pytest.approx(published_s, abs=0.5)
    polled.robot.publish(990.0, values)
    polled.graph.spin_for(0.3)
    polled.source.clear()
    assert polled.source.samples() == {} and polled.source.take() == set()


def test_messages_between_two_looks_are_counted_up_to_the_depth(graph):
    bench = PolledBench(graph, depth=30)
    values = named(episode().observation[0])
    for _ in range(20):
        bench.robot.publish(990.0, values)
    graph.spin_for(0.3)
    bench.source.take()
    assert bench.source.received == 4 * 20
    bench.source.clear()
    assert bench.source.received == 0


def test_a_topic_is_frequent_by_its_last_two_messages(polled):
    values = named(episode().observation[0])
    assert polled.source.frequent(10.0) == set()
    polled.show(values)
    assert polled.source.frequent(10.0) == set(), "of one message nobody knows"
    polled.graph.spin_for(0.1)
    polled.show(values)
    assert polled.source.frequent(0.05) == set()
    assert {TOOL, OBJECT} <= polled.source.frequent(10.0)


def test_the_executor_leaves_polled_topics_alone(polled):
    """It would convert each of a robot's 1000 messages a second."""
    taken = []
    for subscription in polled.graph.probe.subscriptions:
        subscription.callback = taken.append
    polled.robot.publish(1000.0, named(episode().observation[0]))
    polled.graph.spin_for(0.3)
    assert not taken
    assert len(polled.source.take()) == 4


def test_an_entry_that_no_topic_can_give_lists_what_can_be():
    entry = CONTRACT.observation[0]
    unread = "'joint_position' cannot be read over ROS: "
    for change, said in (
        ({"field": "temperature"}, "field 'temperature' of size 7 of sensor_msgs/msg/JointState; known: position of"),
        ({"type": "sensor_msgs/msg/JointStates"}, "known: geometry_msgs.*did you mean 'sensor_msgs/msg/JointState'"),
        ({"topic": ""}, "the contract names no topic"),
    ):
        with pytest.raises(ContractError, match=unread + ".*" + said):
            entry_reader(replace(entry, **change), PROFILE)
