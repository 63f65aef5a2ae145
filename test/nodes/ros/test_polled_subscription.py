"""A topic that is polled: what has come since, in its order, however long the taking takes."""

import itertools
import time

import rclpy
from own_time import own_time
from rclpy.qos import QoSProfile
from std_msgs.msg import Float32

from midp_ros.nodes.ros import polled_subscription
from midp_ros.nodes.ros.polled_subscription import PolledSubscription


def test_the_later_message_has_waited_less_even_where_the_process_is_held_up_between_two(graph, monkeypatch):
    node = graph.add(rclpy.create_node("polled"))
    subscription = PolledSubscription(node, Float32, "values", QoSProfile(depth=10))
    publisher = graph.probe.create_publisher(Float32, "values", 10)
    assert graph.spin_until(lambda: publisher.get_subscription_count() > 0)
    for value in (1.0, 2.0, 3.0):
        publisher.publish(Float32(data=value))
    graph.spin_for(0.3)
    asked = itertools.count(1)
    own_time(monkeypatch, polled_subscription, time=lambda: time.time() + 10.0 * next(asked))
    taken = subscription.take()
    assert [subscription.message(each).data for each in taken] == [1.0, 2.0, 3.0]
    waited_s = [each.waited_s for each in taken]
    assert waited_s == sorted(waited_s, reverse=True) and min(waited_s) > 0.0
    subscription.close()
