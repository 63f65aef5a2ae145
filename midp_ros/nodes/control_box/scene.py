"""The scene behind FCI's ports as the stand-in's parts know it; imports fci, simulation and rclpy."""

from __future__ import annotations

from types import SimpleNamespace

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.fci.server import FciProcess
from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.tasks.task import TaskStatus


class Scene:
    """Asks the server once for each `look`; plays the simulation for TaskTopics and the robot for StandInControls.

    Attributes:
        poses: of the task, by name.
    """

    def __init__(self, server: FciProcess, task: str, profile: RobotProfile):
        self._server = server
        self.task, self.profile = SimpleNamespace(name=task), profile
        self.reflexes: list[Violation] = []
        self.poses: dict[str, Pose] = {}
        self.look()

    def look(self) -> None:
        """Asks for the present state; raises MidpError when the server has ended."""
        self._status, self.poses, reflexes = self._server.ask("report")
        self.reflexes = list(reflexes)

    def reset(self, seed: int) -> None:
        """Starts the episode of a seed; raises ModeError while a client's motion runs."""
        self._server.ask("reset", seed)
        self.look()

    def status(self) -> TaskStatus:
        """Of the episode, at the last look."""
        return self._status  # type: ignore[no-any-return]

    def press_user_stop(self, pressed: bool) -> None:
        """The black button."""
        self._server.ask("user_stop", pressed)

    def guide(self, guided: bool) -> None:
        """Lets a person drag the arm, or holds it again; raises ModeError."""
        self._server.ask("guide", guided)

    def push(self, wrench: Array | None) -> None:
        """A person's force [N] and torque [Nm] (6,) on the tool, in the base's axes; None for none."""
        self._server.ask("push", wrench)

    def restart_control(self) -> None:
        """A control node is a client of this box: there is none here to restart."""
