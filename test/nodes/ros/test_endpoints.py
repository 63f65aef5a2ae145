"""Endpoints are of the process that has them, whatever its node is called."""

import rclpy
from other_process import other_process
from std_msgs.msg import String

from midp_ros.nodes.ros.endpoints import namesakes, participant, publishers, subscribers

TOPIC = "/some/topic"


def test_two_nodes_of_one_name_are_told_apart(graph):
    node = graph.probe
    node.create_publisher(String, TOPIC, 1)
    with other_process("probe") as other:
        other.create_publisher(String, TOPIC, 1)
        assert graph.spin_until(lambda: len(publishers(node, TOPIC)) == 2)
        assert {p.node for p in publishers(node, TOPIC)} == {"/probe"}
        assert {p.participant for p in publishers(node, TOPIC)} == {participant(node), participant(other)}
        assert [p.participant for p in namesakes(node, TOPIC)] == [participant(other)]
    assert graph.spin_until(lambda: not namesakes(node, TOPIC))


def test_a_process_that_was_without_a_node_has_another_id(graph):
    with other_process("first") as node:
        before, context = participant(node), node.context
        node.destroy_node()
        again = rclpy.create_node("second", context=context)
        again.create_publisher(String, TOPIC, 1)
        assert [p.participant for p in publishers(again, TOPIC)] == [participant(again)] != [before]
        again.destroy_node()


def test_the_process_s_id_is_asked_for_once_and_leaves_nothing_behind(graph):
    before = dict(graph.probe.get_topic_names_and_types())
    assert participant(graph.probe) == participant(graph.probe)
    assert dict(graph.probe.get_topic_names_and_types()) == before


def test_subscriptions_are_found(graph):
    graph.heard(graph.probe, String, TOPIC)
    assert [s.node for s in subscribers(graph.probe, TOPIC)] == ["/probe"]
