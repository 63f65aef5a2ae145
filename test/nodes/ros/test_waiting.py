"""A node that waits for /clock says so, on the steady clock, and so do those that wait for other nodes."""

import time

import pytest
import rclpy
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock

from midp_ros.nodes.deployment.deployment_node import DeploymentNode
from midp_ros.nodes.episodes import episode_driver
from midp_ros.nodes.episodes.recorder_node import RecorderNode
from midp_ros.nodes.ros import waiting
from midp_ros.nodes.ros.waiting import ClockWait


class Log(list):
    """A logger that keeps what it gets."""

    def warning(self, text):
        self.append(text)

    info = warning


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.0)
    monkeypatch.setattr(waiting, "REPEAT_S", 0.0)


def clock_wait(graph, simulated):
    node = graph.add(rclpy.create_node("waiting", parameter_overrides=[Parameter("use_sim_time", value=simulated)]))
    wait = ClockWait(node)
    wait._log = Log()
    return wait


def test_without_a_publisher_of_clock_it_says_so_until_there_is_one(graph):
    wait = clock_wait(graph, True)
    wait.look()
    assert "waiting for /clock: use_sim_time is true and no node publishes it" in wait._log[-1]
    publisher = graph.probe.create_publisher(Clock, "/clock", 1)
    assert graph.spin_until(lambda: wait.look() or "probe has published no message on it" in wait._log[-1])
    message = Clock()
    message.clock.sec = 5

    def begun():
        publisher.publish(message)
        wait.look()
        return wait._log[-1] == "/clock has begun"

    assert graph.spin_until(begun)
    said = len(wait._log)
    wait.look()
    assert len(wait._log) == said


def test_a_clock_that_a_node_does_not_use_is_said_once(graph):
    wait = clock_wait(graph, False)
    wait.look()
    assert wait._log == []
    graph.probe.create_publisher(Clock, "/clock", 1)
    assert graph.spin_until(lambda: wait.look() or wait._log)
    wait.look()
    (line,) = wait._log
    assert "probe publishes /clock, but use_sim_time is false here" in line


def test_a_deployment_s_patience_ends_without_a_clock(graph):
    begun_s = time.monotonic()
    node = graph.build(DeploymentNode, model="reach", patience_s=1.0, use_sim_time=True)
    assert graph.spin_until(lambda: node.exit_code == 1)
    assert 1.0 <= time.monotonic() - begun_s < 9.0


def test_a_recorder_says_for_which_service_it_waits_without_a_clock(graph, tmp_path, monkeypatch):
    monkeypatch.setattr(episode_driver, "ANSWER_S", 0.5)
    monkeypatch.setattr(waiting, "SILENCE_S", 0.1)
    log = Log()
    monkeypatch.setattr(RecorderNode, "get_logger", lambda self: log)
    # A name of its own: of a killed `expert` of an earlier test the graph keeps the services for a while.
    graph.build(RecorderNode, task="reach", out=str(tmp_path), policy="absent", use_sim_time=True)
    with pytest.raises(episode_driver.EpisodeError, match="waited 0.5 s in vain for service absent/get_state"):
        graph.spin_for(8.0)
    assert log[-1] == "waiting for service absent/get_state"


def test_a_clock_that_stands_still_is_said_and_that_it_goes_on(graph, monkeypatch):
    monkeypatch.setattr(waiting, "STILL_S", 0.3)
    publisher, time_s = graph.probe.create_publisher(Clock, "/clock", 1), [0]

    def tick():
        time_s[0] += 1
        message = Clock()
        message.clock.sec = time_s[0]
        publisher.publish(message)

    timer, wait = graph.probe.create_timer(0.05, tick), clock_wait(graph, True)
    says = lambda words: graph.spin_until(lambda: wait.look() or any(words in line for line in wait._log))  # noqa: E731
    assert says("/clock has begun")
    timer.cancel()
    assert says("waiting for /clock: it has stood still for")
    timer.reset()
    assert says("/clock goes on")
