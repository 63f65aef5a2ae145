"""A policy beside another one of its name on this machine: the second one does not start."""

import pytest
from own_time import own_time

from midp_ros.core.files.name_lock import NameLock
from midp_ros.nodes.policy import single_node
from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros import endpoints


def test_a_second_policy_of_the_same_name_does_not_start_and_publishes_nothing(graph, monkeypatch):
    monkeypatch.setattr(single_node, "PATIENCE_S", 0.1)
    first = NameLock(f"{graph.probe.context.get_domain_id()} node /expert", "/expert")
    try:
        with pytest.raises(single_node.SecondNodeError, match=r"/expert \(process \d+\) is in ROS domain .* already"):
            graph.build(ExpertNode, task="reach")
    finally:
        first.close()
    assert graph.probe.count_publishers("/fr3_arm_controller/joint_trajectory") == 0
    assert graph.build(ExpertNode, task="reach"), "the name is free again"


def test_a_refused_start_gives_the_name_back(graph):
    for _ in range(2):
        with pytest.raises(Exception, match="unknown robot 'ur5'"):
            graph.build(ExpertNode, task="reach", robot="ur5")


def test_no_policy_is_active_before_others_would_have_been_discovered(graph, monkeypatch):
    waits_s = []
    monkeypatch.setattr(endpoints, "graph_age_s", lambda node: 0.4)
    own_time(monkeypatch, endpoints, sleep=waits_s.append)
    graph.build(ExpertNode, task="reach", discovery_s=1.5)
    assert waits_s == [pytest.approx(1.1)]
