"""Whatever an unhurried node serves is looked at while it is open, and nothing that came meanwhile is lost."""

import time

from rcl_interfaces.srv import ListParameters
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from midp_ros.nodes.ros.callback_groups import LeftAlone, UnhurriedNode


def answer(request, response):
    response.success = True
    return response


def test_services_wait_until_the_node_looks(graph):
    node = graph.add(UnhurriedNode("unhurried"))
    node.create_service(Trigger, "~/ask", answer)
    prompt = node.create_client(Trigger, "~/ask", callback_group=MutuallyExclusiveCallbackGroup())
    parameters = graph.probe.create_client(ListParameters, "/unhurried/list_parameters")
    assert graph.spin_until(lambda: prompt.service_is_ready() and parameters.service_is_ready())
    node.unhurried.open = False
    asked = [prompt.call_async(Trigger.Request()), parameters.call_async(ListParameters.Request())]
    graph.spin_for(0.3)
    assert not any(future.done() for future in asked)
    node.unhurried.open = True
    assert graph.spin_until(lambda: all(future.done() for future in asked))
    assert asked[0].result().success


def test_what_is_left_alone_stays_with_the_middleware(graph):
    called = []
    subscription = graph.probe.create_subscription(Bool, "/said", called.append, 1, callback_group=LeftAlone())
    publisher = graph.probe.create_publisher(Bool, "/said", 1)
    assert graph.spin_until(publisher.get_subscription_count)
    publisher.publish(Bool(data=True))
    graph.spin_for(0.2)
    assert not called
    end_s = time.monotonic() + 5.0
    while (taken := subscription.handle.take_message(Bool, False)) is None:
        assert time.monotonic() < end_s
    assert taken[0].data
