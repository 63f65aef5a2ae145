"""/task/status and /task/reset: the episode's status, and the next episode; imports simulation and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.core.errors import MidpError
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.ros.publish_rate import PublishRate
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.simulation.tasks.task import TaskStatus

STATUS_RATE_HZ = 10.0


class Episode(Protocol):
    """A simulation, or what plays one; `task` has a name."""

    task: Any
    profile: RobotProfile

    def status(self) -> TaskStatus:
        """Status of the episode."""


class TaskTopics:
    """Publishes the status ten times a second, and serves the reset.

    Args:
        reset: starts the next episode; returns its seed.
        reflexes: their number so far.
    """

    def __init__(self, node: Node, simulation: Episode, reset: Callable[[], int], reflexes: Callable[[], int]):
        self._simulation, self._start, self._reflexes = simulation, reset, reflexes
        self._episode = 0
        self._rate = PublishRate(STATUS_RATE_HZ)
        self._publisher = node.create_publisher(DiagnosticStatus, "task/status", 10)
        self.begin()
        node.create_service(Trigger, "task/reset", self._on_reset)

    def begin(self) -> None:
        """Starts the next episode."""
        self._seed = self._start()
        self._episode += 1

    def publish(self, time_s: float) -> None:
        """Publishes the status if it is due."""
        if not self._rate.due(time_s):
            return
        s = self._simulation.status()
        report = TaskReport(
            self._simulation.task.name, self._simulation.profile.name, self._seed, self._episode,
            s.elapsed_s, s.success, s.done, s.position_error_m, s.rotation_error_rad, self._reflexes(), s.missing,
        )  # fmt: skip
        self._publisher.publish(report.to_message())

    def _on_reset(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            self.begin()
            response.success, response.message = True, str(self._seed)
        except MidpError as e:
            response.success, response.message = False, str(e)
        return response
