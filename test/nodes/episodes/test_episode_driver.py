"""Episodes whose simulation or policy ends, is started again, or is there twice."""

import gc
import time
from dataclasses import replace

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters
from std_srvs.srv import Trigger

from midp_ros.nodes.episodes import episode_driver
from midp_ros.nodes.episodes.episode_driver import EpisodeDriver, EpisodeError
from midp_ros.nodes.ros import waiting
from midp_ros.nodes.ros.lifecycle_client import TRANSITIONS
from midp_ros.nodes.ros.task_status import TaskReport

RUNNING = TaskReport("pick", "fr3", 0, 1, 1.0, False, False, 0.1, 0.1)
AFTER = {"configure": "inactive", "activate": "active", "deactivate": "inactive"}


class Task:
    """A task's and a policy's services; the test says what the status is."""

    def __init__(self, graph):
        node, self.state, self.report = graph.probe, "unconfigured", RUNNING
        self.publisher = node.create_publisher(DiagnosticStatus, "task/status", 10)
        self.timer = node.create_timer(0.02, lambda: self.publisher.publish(self.report.to_message()))
        node.create_service(Trigger, "task/reset", self._on_reset)
        node.create_service(ChangeState, "policy/change_state", self._on_change)
        node.create_service(GetState, "policy/get_state", self._on_state)
        for name in ("policy", "franka_simulation"):
            node.create_service(SetParameters, f"{name}/set_parameters", self._on_set)

    def _on_reset(self, request, response):
        self.report = replace(RUNNING, seed=self.seed, episode=self.report.episode + 1)
        return response

    def _on_change(self, request, response):
        (name,) = [name for name, number in TRANSITIONS.items() if number == request.transition.id]
        self.state, response.success = AFTER[name], True
        return response

    def _on_state(self, request, response):
        response.current_state.label = self.state
        return response

    def _on_set(self, request, response):
        self.seed = request.parameters[0].value.integer_value
        response.results = [SetParametersResult(successful=True)]
        return response


class Episodes:
    """Runs the driver's coroutines on the graph's executor."""

    def __init__(self, graph):
        self.graph = graph
        self.driver = EpisodeDriver(graph.add(rclpy.create_node("episodes")), "policy")

    def are_alone(self):
        """What a test before ended stays in the graph: a killed process for its lease, a node until collected."""
        gc.collect()
        clients = self.driver._get_state, self.driver._reset
        alone = self.graph.spin_until(lambda: not any(c.service_is_ready() for c in clients), 30.0)
        node = self.graph.probe
        assert alone, (node.get_node_names_and_namespaces(), node.get_service_names_and_types())

    def begin(self, coroutine):
        """A coroutine under way; what it raises is kept in it."""

        async def keep():
            try:
                return await coroutine
            except EpisodeError as e:
                return e

        return self.graph.executor.create_task(keep)

    def ends(self, coroutine, meanwhile=lambda: None):
        task = self.begin(coroutine)
        self.graph.spin_for(0.1)
        meanwhile()
        assert self.graph.spin_until(task.done), "it hangs"
        return task.result()

    def start(self):
        assert self.ends(self.driver.start(7, lambda: None)).seed == 7


@pytest.fixture
def task(graph):
    return Task(graph)


@pytest.fixture
def episodes(graph, monkeypatch):
    monkeypatch.setattr(episode_driver, "STATUS_SILENCE_S", 0.5)
    return Episodes(graph)


def test_an_episode_is_run_to_its_end(task, episodes):
    episodes.start()
    assert task.state == "active"

    def succeed():
        task.report = replace(task.report, done=True, success=True)

    assert episodes.ends(episodes.driver.finish(), succeed).success
    assert task.state == "inactive"


def test_a_status_of_another_kind_is_left_out(graph, task, episodes):
    foreign = graph.probe.create_publisher(DiagnosticStatus, "/task/status", 10)
    graph.probe.destroy_publisher(task.publisher)
    task.publisher = foreign  # one publisher, of both kinds
    foreign.publish(DiagnosticStatus(name="a battery"))
    episodes.start()
    foreign.publish(DiagnosticStatus(name="a battery"))
    graph.spin_for(0.1)
    assert episodes.driver.report.seed == 7


def test_a_server_that_hangs_is_named(graph, task, episodes, monkeypatch, capfd):
    monkeypatch.setattr(episode_driver, "ANSWER_S", 0.6)
    monkeypatch.setattr(waiting, "SILENCE_S", 0.3)
    assert graph.spin_until(episodes.driver._get_state.service_is_ready)
    graph.executor.remove_node(graph.probe)  # from now on it answers nothing
    error = episodes.ends(episodes.driver.start(7, lambda: None))
    assert str(error) == "waited 0.6 s in vain for an answer from policy/get_state"
    assert "waiting for an answer from policy/get_state" in capfd.readouterr().err


def test_a_simulation_that_ends_in_an_episode_ends_it_with_its_seed(task, episodes):
    episodes.start()
    error = episodes.ends(episodes.driver.finish(), task.timer.cancel)
    assert "task/status has been silent" in str(error) and "seed 7" in str(error)


def test_a_simulation_that_was_started_again_ends_the_episode(task, episodes):
    episodes.start()

    def start_again():
        task.report = RUNNING

    error = episodes.ends(episodes.driver.finish(), start_again)
    assert "the episode of seed 7 was not run to its end" in str(error)


def test_a_policy_that_was_not_active_at_the_end_did_not_run_the_episode(task, episodes):
    episodes.start()

    def start_again():
        task.state = "unconfigured"
        task.report = replace(task.report, done=True)

    error = episodes.ends(episodes.driver.finish(), start_again)
    assert "'policy' was unconfigured at the end of seed 7" in str(error)


def test_two_simulations_in_one_domain_are_named_and_refused(graph, task, episodes, monkeypatch):
    monkeypatch.setattr(episode_driver, "LEFTOVER_S", 0.5)
    other = graph.add(rclpy.create_node("other_simulation"))
    other.create_publisher(DiagnosticStatus, "task/status", 10)
    assert graph.spin_until(lambda: episodes.driver._node.count_publishers("task/status") == 2)
    began_s = time.monotonic()
    error = episodes.ends(episodes.driver.start(7, lambda: None))
    assert "all but one publisher of task/status" in str(error) and time.monotonic() - began_s < 5.0
    assert task.state != "active"


def test_waiting_does_not_depend_on_a_clock_that_stands_still(graph, task):
    """With use_sim_time and without /clock."""
    overrides = [rclpy.parameter.Parameter("use_sim_time", value=True)]
    node = graph.add(rclpy.create_node("episodes", parameter_overrides=overrides))
    waiting = graph.executor.create_task(EpisodeDriver(node, "policy").sleep, 0.1)
    assert graph.spin_until(waiting.done, 2.0)


def test_a_start_by_an_operator_names_at_once_what_is_missing(graph, episodes, monkeypatch):
    monkeypatch.setattr(episode_driver, "PRESENT_S", 0.0)
    episodes.are_alone()
    error = episodes.ends(episodes.driver.require_present())
    assert "no node 'policy' drives the arm" in str(error) and "no simulation has a task to reset" in str(error)
    Task(graph)
    assert graph.spin_until(lambda: all(c.service_is_ready() for c in (episodes.driver._reset,)))
    assert episodes.ends(episodes.driver.require_present()) is None


def test_a_start_beside_a_launch_under_way_waits_for_the_others(graph, episodes, monkeypatch):
    monkeypatch.setattr(episode_driver, "PRESENT_S", float("inf"))
    episodes.are_alone()
    waiting = episodes.begin(episodes.driver.require_present())
    graph.spin_for(1.0)
    assert not waiting.done()
    Task(graph)
    assert graph.spin_until(waiting.done) and waiting.result() is None
