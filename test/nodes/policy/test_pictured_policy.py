"""A policy of pictures as a real node: cameras that publish, one that stops, and one of another kind."""

import time

import numpy as np
import pytest
from sensor_msgs.msg import Image
from standing_robot import StandingRobot
from test_policy_loop import Bench

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros import conversions as c

CONTRACT = Contract.load("reach_pixels")


class Cameras:
    """Publishes the contract's cameras, larger than it asks for; the test may change what they send."""

    def __init__(self, graph):
        topics = {image.name: image.topic for image in CONTRACT.images}
        self.publishers = {name: graph.probe.create_publisher(Image, topic, 5) for name, topic in topics.items()}
        self.encoding = dict.fromkeys(topics, "rgb8")
        graph.probe.create_timer(0.04, self.publish)

    def publish(self):
        for shade, (name, publisher) in enumerate(self.publishers.items()):
            message = Image(height=120, width=160, encoding=self.encoding[name], step=3 * 160)
            message.data.frombytes(np.full((120, 160, 3), 50 * (1 + shade), np.uint8).tobytes())
            message.header.stamp = c.stamp_from_seconds(time.time())
            publisher.publish(message)


class Watcher:
    """A policy that stays where the tool is, and keeps the pictures that it is given."""

    contract, executed_steps, can_inpaint = CONTRACT, 8, False

    def __init__(self):
        self.seen = []

    def reset(self, seed):
        pass

    def act(self, window):
        self.seen.append(window.images())
        stay = window.array()[-1, CONTRACT.observation_slices["tool_position"].start :][:9]
        return ActionChunk(np.tile(stay, (15, 1)), window.time_s, CONTRACT.step_s)


@pytest.fixture
def pictured(graph, monkeypatch):
    policy, cameras = Watcher(), Cameras(graph)
    StandingRobot(graph)

    def load_policy(node):
        node._disturbed = None
        return policy

    monkeypatch.setattr(ExpertNode, "load_policy", load_policy)
    bench = Bench(graph)
    assert bench.runs()
    return bench, policy, cameras


def test_pictures_arrive_in_the_contract_s_size_and_what_is_wrong_with_them_holds_the_arm(pictured):
    bench, policy, cameras = pictured
    images = policy.seen[-1]
    assert {name: shots.shape for name, shots in images.items()} == dict.fromkeys(("front", "wrist"), (2, 96, 96, 3))
    assert (images["front"] == 50).all() and (images["wrist"] == 100).all()
    cameras.encoding["wrist"] = "16UC1"
    bench.holds("bad observation of wrist: pictures of encoding '16UC1' are not read", still=False)
    cameras.encoding["wrist"] = "rgb8"
    assert bench.runs()
    del cameras.publishers["front"]
    bench.holds("stale observation of front", still=False)
