"""Runs episodes over ROS: policy off, task reset, policy on, until the task is done. Imports rclpy and messages."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import SetParameters
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter
from rclpy.task import Future
from std_srvs.srv import Trigger

from midp_ros.core.errors import MidpError, ObservationError
from midp_ros.nodes.ros.endpoints import LEFTOVER_S, graph_age_s, publishers
from midp_ros.nodes.ros.lifecycle_client import transition_request
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.nodes.ros.waiting import LongWait

LOOK_PERIOD_S = 0.02
STATUS_SILENCE_S = 10.0  # /task/status comes ten times a second
ANSWER_S = 30.0  # a node may still be starting
# DDS drops the answer of a server that has not discovered the client yet, so what stays unanswered is asked again.
REPEAT_S = 3.0
REPEAT_TRANSITION_S = 10.0  # a node that loads a model is not to be asked again meanwhile
EPISODE_S = 300.0
PRESENT_S, LEAST_S = 15.0, 0.5  # for nodes of the same launch file to start, and for the graph to settle at any time
START = {"teleop": "start it (midp teleop)", "expert": "start it (teleop:=expert of record.launch.xml)"}
LEADS_TO = {"configure": "inactive", "activate": "active", "deactivate": "inactive"}


class EpisodeError(MidpError):
    """An episode that could not be run: a node does not answer, or refuses."""


class EpisodeDriver:
    """For recorder and evaluation; its methods are coroutines on the node's executor.

    Args:
        policy: name of the lifecycle node that drives the arm.
        simulation: name of the node that serves the task.
    """

    def __init__(self, node: Node, policy: str, simulation: str = "franka_simulation"):
        self._node, self._policy = node, policy
        graph_age_s(node)  # others are discovered from now on
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.report: TaskReport | None = None
        self._reported_s = -math.inf
        node.create_subscription(DiagnosticStatus, "task/status", self._on_status, 10)
        self._reset = node.create_client(Trigger, "task/reset")
        self._change_state = node.create_client(ChangeState, f"{policy}/change_state")
        self._get_state = node.create_client(GetState, f"{policy}/get_state")
        self._seed = {
            name: node.create_client(SetParameters, f"{name}/set_parameters") for name in (policy, simulation)
        }

    async def require_present(self) -> None:
        """Raises EpisodeError where an episode lacks a node; at once, unless this node has just started."""
        needed = {
            self._get_state: f"no node {self._policy!r} drives the arm; {START.get(self._policy, 'start it')}",
            self._reset: "no simulation has a task to reset; start one (midp launch sim), or record with resets:=false",
        }
        begun_s = time.monotonic()
        while missing := [problem for client, problem in needed.items() if not client.service_is_ready()]:
            if graph_age_s(self._node) > PRESENT_S and time.monotonic() > begun_s + LEAST_S:
                raise EpisodeError("; ".join(missing))
            await self.sleep(LOOK_PERIOD_S)

    async def start(self, seed: int, before_moving: Callable[[], None]) -> TaskReport:
        """Starts the episode of a seed: the policy first sees the new scene, and never the old one."""
        if await self._state() == "unconfigured":
            await self._transition("configure")
        if await self._state() == "active":
            await self._transition("deactivate")
        for name, client in self._seed.items():
            await self._set_seed(name, client, seed)
        await self._only_one_task()
        # A simulation may begin with this very seed: what is shown before the reset must be known.
        await self._until(lambda: self.report is not None, ANSWER_S, "a message on task/status")
        before = self.report.episode if self.report else 0
        await self._call(self._reset, Trigger.Request())
        await self._until(lambda: self._shows(seed, before), ANSWER_S, f"/task/status to show seed {seed}")
        before_moving()
        await self._transition("activate")
        assert self.report is not None
        self._started = self.report
        return self.report

    async def finish(self) -> TaskReport:
        """Waits until the task is done, and lets the arm rest.

        Raises:
            EpisodeError: the episode was not run to its end: task or policy has ended, or was started again.
        """
        await self._until(self._is_over, EPISODE_S, "the task to be done")
        report = self.report
        assert report is not None
        if (state := await self._state()) != "active":
            raise EpisodeError(
                f"node {self._policy!r} was {state} at the end of seed {self._started.seed}: started again or "
                "deactivated meanwhile, it did not run this episode; its log may show why"
            )
        await self._transition("deactivate")
        return report

    async def sleep(self, duration_s: float, clock: Clock | None = None) -> None:
        """Lets other callbacks run for a while; on the steady clock, which runs without /clock, unless one is given."""
        over: Future = Future()
        timer = self._node.create_timer(duration_s, lambda: over.set_result(True), clock=clock or self._steady)
        await over
        self._node.destroy_timer(timer)

    def _on_status(self, message: DiagnosticStatus) -> None:
        try:
            self.report = TaskReport.from_message(message)
        except ObservationError as e:
            self._node.get_logger().warning(f"a message on task/status was left out: {e}", once=True)
        else:
            self._reported_s = time.monotonic()

    def _is_over(self) -> bool:
        """Whether the task is done; raises EpisodeError where it will not be."""
        report, started = self.report, self._started
        assert report is not None
        if time.monotonic() - self._reported_s > STATUS_SILENCE_S:
            raise EpisodeError(
                f"task/status has been silent for {STATUS_SILENCE_S:g} s in the episode of seed {started.seed}: the "
                "simulation has ended or hangs"
            )
        if (report.seed, report.episode) != (started.seed, started.episode):
            raise EpisodeError(
                f"the episode of seed {started.seed} was not run to its end: the simulation was started again, or "
                "another node reset it"
            )
        return report.done

    async def _only_one_task(self) -> None:
        """Waits until one node alone serves the task; of one that was killed the graph has to forget first."""
        topic = "task/status"
        nodes = lambda: sorted(each.node for each in publishers(self._node, topic))  # noqa: E731
        if len(found := nodes()) > 1:
            self._node.get_logger().warning(
                f"waiting: {len(found)} nodes publish {topic} in this ROS domain: {', '.join(found)}; two graphs that "
                "mix, or one of them was killed just now"
            )
        await self._until(lambda: len(nodes()) < 2, LEFTOVER_S, f"all but one publisher of {topic} to end")

    def _shows(self, seed: int, before: int) -> bool:
        return self.report is not None and self.report.seed == seed and self.report.episode != before

    async def _state(self) -> str:
        return str((await self._call(self._get_state, GetState.Request())).current_state.label)

    async def _transition(self, name: str) -> None:
        answer = await self._call(self._change_state, transition_request(name), REPEAT_TRANSITION_S)
        # Asked twice, the second answer is a refusal: the state decides.
        if not answer.success and await self._state() != LEADS_TO[name]:
            raise EpisodeError(f"node {self._policy!r} did not {name}; its own log shows why")

    async def _set_seed(self, name: str, client: Any, seed: int) -> None:
        parameter = RosParameter("seed", RosParameter.Type.INTEGER, seed).to_parameter_msg()
        answer = await self._call(client, SetParameters.Request(parameters=[parameter]))
        if not answer.results[0].successful:
            raise EpisodeError(f"node {name!r} refused seed {seed}: {answer.results[0].reason}")

    async def _call(self, client: Any, request: Any, repeat_s: float = REPEAT_S) -> Any:
        """Asks again and again, since a request or its answer may be lost; the first answer counts."""
        await self._until(client.service_is_ready, ANSWER_S, f"service {client.srv_name}")
        futures: list[Any] = []
        asked_s = -repeat_s

        def answered() -> bool:
            nonlocal asked_s
            if time.monotonic() >= asked_s + repeat_s:
                asked_s = time.monotonic()
                futures.append(client.call_async(request))
            return any(future.done() for future in futures)

        try:
            await self._until(answered, ANSWER_S, f"an answer from {client.srv_name}")
        finally:
            for future in futures:
                client.remove_pending_request(future)
        return next(future for future in futures if future.done()).result()

    async def _until(self, met: Callable[[], bool], limit_s: float, what: str) -> None:
        wait = LongWait(self._node.get_logger().warning, f"waiting for {what}" if limit_s <= ANSWER_S else "")
        while not met():
            if wait.waited_s > limit_s:
                raise EpisodeError(f"waited {limit_s:g} s in vain for {what}")
            wait.look()
            await self.sleep(LOOK_PERIOD_S)
