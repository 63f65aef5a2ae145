"""A stream of joint targets from its own process, over DDS."""

import os
import signal
import socket
import subprocess
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from midp_ros.control.loop.commands import Commands
from midp_ros.control.streaming.setpoint_stream import SetpointStream
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.message_socket import MessageSocket
from midp_ros.nodes.commands.output_report import StreamSetup
from midp_ros.nodes.commands.stream_output import StreamOutput
from midp_ros.nodes.commands.target_stream import TargetStream
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros.packed_message import PackedMessage

PROFILE = RobotProfile.load("fr3")
TOPIC = "/joint_follower_controller/joint_targets"


class Stream:
    """An output, its targets as they are heard, and a minimum-jerk motion to tell it."""

    def __init__(self, graph, rate_hz):
        self.graph, self.trajectory = graph, None
        self.targets = graph.heard(graph.probe, JointState, TOPIC, 1000)
        self.output = StreamOutput(graph.probe, PROFILE, TOPIC, rate_hz, time.time, self._sample)
        self.output.open()

    def _sample(self, time_s):
        return None if self.trajectory is None else self.trajectory.sample(time_s)

    def connected(self):
        def listens():
            self.output.look()
            return self.output.report.listeners == 1

        return self.graph.spin_until(listens, 30.0)

    def move(self, duration_s, way_rad=0.3, in_s=0.0):
        if not self.output.publishing:
            self.output.hold(PROFILE.ready_rad)
        u = np.linspace(0, 1, 1 + round(duration_s / 0.01))[:, None]
        self.trajectory = JointTrajectory(
            time.time() + in_s + duration_s * u[:, 0],
            PROFILE.ready_rad + way_rad * (10 * u**3 - 15 * u**4 + 6 * u**5),
            np.ones(7) * way_rad * 30 * u**2 * (1 - u) ** 2 / duration_s,
            np.ones(7) * way_rad * (60 * u - 180 * u**2 + 120 * u**3) / duration_s**2,
        )
        self.output.send(Commands(self.trajectory), self.trajectory.time_s[0] - in_s)

    def ends_at_rest(self):
        """Whether the last target of a stream that has ended rests; receives them all, however long that takes."""

        def received_all():
            count = len(self.targets)
            self.graph.spin_for(0.3)
            return len(self.targets) == count

        assert self.graph.spin_until(received_all), "it goes on"
        return not np.any(self.targets[-1].velocity)

    def stamps(self):
        return np.array([c.seconds_from_stamp(m.header.stamp) for m in self.targets])


@pytest.fixture
def stream(graph):
    made = []

    def make(rate_hz=100.0):
        made.append(Stream(graph, rate_hz))
        assert made[-1].connected()
        return made[-1]

    yield make
    for one in made:
        one.output.end()


@pytest.mark.parametrize("rate_hz", [50.0, 500.0])
def test_targets_come_at_the_asked_rate_and_are_samples_of_the_trajectory(graph, stream, rate_hz):
    one = stream(rate_hz)
    one.move(1.0, in_s=0.3)  # one that comes after its start is made up for
    assert graph.spin_until(lambda: len(one.targets) > 1.5 * rate_hz)
    stamps = one.stamps()
    # Where a busy machine makes it miss deadlines, it leaves them out: never more than the rate.
    assert 0.3 * rate_hz < (len(stamps) - 1) / (stamps[-1] - stamps[0]) < 1.05 * rate_hz
    positions = np.array([m.position for m in one.targets])
    late = np.flatnonzero(np.diff(stamps) > 1.4 / rate_hz)  # from there on it may be catching up
    punctual = slice(None, late[0] + 1 if len(late) else None)
    np.testing.assert_allclose(positions[punctual], one.trajectory.sample(stamps[punctual])[0], atol=1e-6)
    np.testing.assert_allclose(positions[-1], one.trajectory.position_rad[-1], atol=1e-2)
    one.output.look()
    assert graph.spin_until(lambda: one.output.look() or one.output.report.response.max_s > 0)
    assert one.output.report.jitter.max_s >= one.output.report.jitter.percentile_s(99.0) >= 0


def test_it_speaks_from_when_it_is_told_to_hold_until_it_is_hushed(graph, stream):
    one = stream()
    one.output.send(Commands(JointTrajectory(np.array([time.time()]), PROFILE.ready_rad[None])))
    graph.spin_for(0.3)
    assert not one.targets and one.output.silence_s == np.inf
    one.output.hold(PROFILE.ready_rad + 0.1)
    assert graph.spin_until(lambda: len(one.targets) > 5)
    np.testing.assert_array_equal(one.targets[-1].position, PROFILE.ready_rad + 0.1)
    assert graph.spin_until(lambda: one.output.look() or one.output.silence_s == 0.0)
    one.move(9.0)
    assert graph.spin_until(lambda: any(one.targets[-1].velocity))
    one.trajectory = None  # it stays where that has led to
    one.output.look()
    assert graph.spin_until(lambda: not any(one.targets[-1].velocity))
    here = one.targets[-1].position
    graph.spin_for(0.2)
    np.testing.assert_array_equal(one.targets[-1].position, here)
    one.output.hush()
    graph.spin_for(0.2)
    one.targets.clear()
    graph.spin_for(0.3)
    assert not one.targets and 0.3 < one.output.silence_s < 5.0


def test_closing_streams_on_until_rest_and_it_can_be_opened_again(graph, stream):
    one = stream()
    one.move(1.0)
    assert graph.spin_until(lambda: len(one.targets) > 5)
    assert graph.spin_until(lambda: one.output.look() or one.output.report.jitter.max_s > 0)
    one.output.close()
    assert one.output.report.listeners == 0 and one.output.report.jitter.max_s > 0, "figures are not forgotten"
    assert one.ends_at_rest()
    np.testing.assert_allclose(one.targets[-1].position, PROFILE.ready_rad + 0.3, atol=1e-9)
    one.targets.clear()
    one.output.open()
    assert one.connected() and not one.targets
    one.move(0.1)
    assert graph.spin_until(lambda: one.targets)


def test_a_killed_process_counts_as_no_listener_and_opening_starts_another(graph, stream):
    one = stream()
    one.move(0.5)
    os.kill(one.output._process.pid, signal.SIGKILL)
    assert graph.spin_until(lambda: one.output.look() or one.output.report.listeners == 0)
    one.output.close()
    one.output.open()
    assert one.connected()


def test_interruptions_are_for_its_node_to_judge_and_without_its_node_it_ends_at_rest(graph, stream):
    one = stream()
    process = one.output._process
    process.send_signal(signal.SIGINT)
    one.move(0.5)
    assert graph.spin_until(lambda: len(one.targets) > 5)
    assert process.poll() is None
    one.output._orders.close()  # as if the node had been killed
    assert process.wait(10.0) == 0
    assert one.ends_at_rest()


def test_a_receiver_that_stalls_when_a_stream_ends_still_receives_its_rest(graph, stream):
    one = stream()
    one.move(0.3)
    assert graph.spin_until(lambda: len(one.targets) > 5)
    one.output._orders.close()
    stall = f"kill -STOP {os.getpid()}; sleep 0.6; kill -CONT {os.getpid()}"
    assert subprocess.run(["sh", "-c", stall]).returncode == 0
    assert one.output._process.wait(10.0) == 0
    assert one.ends_at_rest()


class SlowNode:
    """Joins a topic slowly, as DDS does at times."""

    def __init__(self):
        self.sent = []

    def create_publisher(self, kind, topic, depth):
        time.sleep(0.6)
        return self

    def publish(self, data):
        self.sent.append(time.monotonic())

    def wait_for_all_acked(self, patience):
        time.sleep(0.05)

    def destroy_publisher(self, publisher):
        pass

    def get_subscription_count(self):
        return 1

    def get_clock(self):
        return SimpleNamespace(now=lambda: SimpleNamespace(nanoseconds=time.time_ns()))


@pytest.fixture
def alone():
    """The stream's own loop in a thread: the setup, its node, the end that gives the orders."""
    ours, theirs = (MessageSocket(end) for end in socket.socketpair())
    limits = (PROFILE.velocity_max_rad_s, PROFILE.acceleration_max_rad_s2, PROFILE.jerk_max_rad_s3)
    setup = StreamSetup("stream", "", False, TOPIC, list(PROFILE.joint_names), 100.0, *map(list, limits))
    node = SlowNode()
    stream = threading.Thread(target=TargetStream(node, setup, theirs, b"here").run, daemon=True)
    stream.start()
    yield setup, node, ours
    ours.close()
    stream.join(5.0)
    assert not stream.is_alive()


@pytest.mark.parametrize("kind, method", [(SetpointStream, "next"), (PackedMessage, "to_bytes")])
def test_stopped_where_it_works_out_a_target_it_does_not_publish_it(ros_context, alone, monkeypatch, kind, method):
    _, node, orders = alone
    inside, begins, goes_on = getattr(kind, method), threading.Event(), threading.Event()

    def stopped(self, *arguments):
        result = inside(self, *arguments)
        if len(node.sent) >= 10 and not goes_on.is_set():
            begins.set()
            time.sleep(0.6)
            goes_on.set()
        return result

    monkeypatch.setattr(kind, method, stopped)
    orders.put(("open",))
    orders.put(("hold", PROFILE.ready_rad))
    assert begins.wait(20.0)
    heard = len(node.sent)
    assert goes_on.wait(20.0)
    time.sleep(0.1)
    assert len(node.sent) == heard, "a follower takes a target after half a second of silence for a fault"
    orders.put(("report",))
    answers = []
    while not any(hasattr(answer, "interrupted_s") for answer in answers):
        answers += orders.get(1.0)
    assert answers[-1].interrupted_s >= 0.6


def test_only_deadlines_with_something_to_say_are_missed(ros_context, alone):
    setup, node, ours = alone
    now_s = time.time()
    still = np.stack([PROFILE.ready_rad] * 2)
    ours.put(("open",))
    ours.put(("follow", JointTrajectory(np.array([now_s, now_s + 0.5]), still, np.ones((2, 7))), now_s))
    answers, missed, heard = [], 0, 0
    for _ in range(2):  # while it opens the motion is already known: it begins late, and misses nothing
        while not answers:
            answers += ours.get(1.0)
        assert answers == ["opened"]
        time.sleep(0.3)
        ours.put(("report",))
        while len(answers) < 2:
            answers += ours.get(1.0)
        report = answers.pop()
        assert report.participant == b"here"
        late = np.round(np.diff(node.sent[heard:]) * setup.rate_hz - 1.0)
        most = late.sum() + 10 if late.any() else 0  # a busy machine has its own, but not an opening's 60
        assert report.missed - missed <= most, (report.missed - missed, late)
        assert report.jitter.max_s > 0 and len(node.sent) > heard + 5
        missed, heard = report.missed, len(node.sent)
        ours.put(("close",))
        answers.clear()
        while not answers:
            answers += ours.get(1.0)
        assert answers == ["closed"]
        answers.clear()
        ours.put(("open",))
        ours.put(("follow", JointTrajectory(np.array([now_s, now_s + 9.0]), still, np.ones((2, 7))), now_s))
