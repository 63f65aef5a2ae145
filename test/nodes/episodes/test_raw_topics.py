"""Raw messages: what still holds at an episode's start, and what waits while the recorder cannot take it."""

import time

from rclpy.duration import Duration
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String

from midp_ros.nodes.episodes.raw_topics import RawTopics
from midp_ros.recording.bag.recording_thread import RecordedTopic
from midp_ros.recording.bag.topic_figures import TopicFigures

EVENTS = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def test_events_between_two_episodes_are_not_lost_ones(graph):
    node = graph.probe
    publisher = node.create_publisher(String, "/teleop/events", EVENTS)
    topics = RawTopics(node, [RecordedTopic("/teleop/events", "std_msgs/msg/String")])

    def take(count):
        taken = []

        def come():
            taken.extend(topics.take())
            return len(taken) >= count

        assert graph.spin_until(come)
        return taken

    for event in ("segment", "episode_stop", "episode_keep"):  # before the episode; the segment still holds
        publisher.publish(String(data=f'{{"event": "{event}"}}'))
    take(3)
    figures = TopicFigures(stamped=False)
    held = topics.held(time.time_ns())
    publisher.publish(String(data='{"event": "gripper_toggle"}'))
    for _, sequence, log_ns, _, data in [*held, *take(1)]:
        figures.add(sequence, log_ns, data)
    topics.close()
    assert len(held) == 1 and b"segment" in held[0][4]
    assert (figures.count, figures.lost) == (2, 0)


def test_seconds_of_a_fast_topic_wait_until_they_are_taken(graph):
    count = 3500
    publisher = graph.probe.create_publisher(String, "/fast", QoSProfile(depth=count))
    topics = RawTopics(graph.probe, [RecordedTopic("/fast", "std_msgs/msg/String")])
    assert graph.spin_until(lambda: publisher.get_subscription_count() == 1)
    topics.look()  # reliable from now on
    assert graph.spin_until(lambda: publisher.get_subscription_count() == 1)
    message, taken = String(data="x"), []
    for _ in range(count):
        publisher.publish(message)
    assert publisher.wait_for_all_acked(Duration(seconds=10))

    def all_came():
        taken.extend(topics.take())
        return len(taken) >= count

    assert graph.spin_until(all_came), len(taken)
    assert [sequence for _, sequence, *_ in taken] == list(range(1, count + 1))
    topics.close()
