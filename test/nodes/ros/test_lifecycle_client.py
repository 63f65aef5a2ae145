"""A lifecycle node that does not answer, or vanishes, does not keep its client waiting for ever."""

import time

import pytest
import rclpy
from lifecycle_msgs.srv import ChangeState
from std_srvs.srv import Trigger

from midp_ros.core.errors import CommandError
from midp_ros.nodes.ros import waiting
from midp_ros.nodes.ros.lifecycle_client import LifecycleClient


def serve(graph, kind, name, answer):
    """A service of a thread's own making: `answer` is called with the response, and may keep it."""

    def callback(request, response):
        answer(response)
        return response

    return graph.probe.create_service(kind, name, callback)


def run(graph, steps):
    for _ in steps:
        graph.spin_for(0.01)


@pytest.fixture
def client(graph):
    client = LifecycleClient(graph.add(rclpy.create_node("operator")), "sleeper")
    yield client


def test_a_transition_that_is_done_or_refused_ends(graph, client):
    success = [True]
    serve(graph, ChangeState, "sleeper/change_state", lambda r: setattr(r, "success", success[0]))
    assert graph.spin_until(lambda: client.is_there)
    run(graph, client.change("configure"))
    success[0] = False
    with pytest.raises(CommandError, match="'sleeper' refused to activate"):
        run(graph, client.change("activate"))


def test_a_node_that_hangs_is_named_and_given_up(graph, client, monkeypatch, capfd):
    monkeypatch.setattr(waiting, "SILENCE_S", 0.1)
    serve(graph, ChangeState, "sleeper/change_state", lambda r: None)
    assert graph.spin_until(lambda: client.is_there)
    graph.executor.remove_node(graph.probe)  # from now on it answers nothing
    with pytest.raises(CommandError, match="'sleeper' did not configure: it has not answered within 0.2 s"):
        run(graph, client.change("configure", 0.2))
    assert "waiting for node 'sleeper' to configure, for up to 0.2 s" in capfd.readouterr().err


def test_a_node_that_vanishes_in_a_transition_is_given_up_at_once(graph, client):
    service = serve(graph, ChangeState, "sleeper/change_state", lambda r: None)
    assert graph.spin_until(lambda: client.is_there)
    graph.executor.remove_node(graph.probe)
    steps, began_s = client.change("configure"), time.monotonic()
    next(steps)
    graph.probe.destroy_service(service)
    with pytest.raises(CommandError, match="it has left the graph"):
        run(graph, steps)
    assert time.monotonic() - began_s < 10.0


def test_a_service_that_never_answers_is_given_up(graph, client, monkeypatch):
    monkeypatch.setattr("midp_ros.nodes.ros.lifecycle_client.LONGEST_ANSWER_S", 0.2)
    serve(graph, Trigger, "sleeper/resume", lambda r: None)
    graph.executor.remove_node(graph.probe)
    with pytest.raises(CommandError, match="refused to resume: no answer"):
        run(graph, client.call("resume", 1.0))
