"""A task's scene for the page, by the task's own code where the simulation is installed; imports core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from midp_ros.core.errors import MidpError
from midp_ros.core.pose import Pose
from midp_ros.drawing import DrawnPath
from midp_ros.kinematics import RobotProfile
from midp_ros.viewer.scene_figure import SceneFigure

if TYPE_CHECKING:
    from midp_ros.simulation.task_scene import TaskScene

TRACE = "trace"


class SceneSource:
    """Draws what is known: the stand-in's task with its shapes, else observed poses as axes.

    Args:
        path: of task trace; otherwise drawn from the seed.
    """

    def __init__(self, figure: SceneFigure, profile: RobotProfile, path: DrawnPath | None = None):
        self._figure, self._profile, self._path = figure, profile, path
        self._scene: TaskScene | None = None
        self._name = ""
        self._episode: tuple[int, int] | None = None
        self.problem = ""

    def begin(self, task: str, seed: int, episode: int) -> None:
        """The stand-in's episode."""
        if (seed, episode) == self._episode and task == self._name:
            return
        self._episode = seed, episode
        if task != self._name:
            self._name, self._scene = task, self._make(task)
        if self._scene is not None:
            try:
                self._figure.show_boxes(self._scene.reset(seed))
            except MidpError as e:
                self._scene, self.problem = None, str(e)

    def show(self, poses: Mapping[str, Pose]) -> None:
        """Draws observed poses by name."""
        if self._scene is None:
            self._figure.show_poses(poses)
        elif poses:
            try:
                self._figure.move_boxes(self._scene.moved(poses))
            except KeyError:  # a task needs all of its poses
                self._figure.show_poses(poses)

    def _make(self, task: str) -> TaskScene | None:
        try:
            from midp_ros.simulation.task_scene import TaskScene
            from midp_ros.simulation.tasks import make_task

            return TaskScene(make_task(task, self._path if task == TRACE else None), self._profile)
        except ModuleNotFoundError as e:  # a robot's machine needs no PyBullet
            self.problem = f"the task's shapes are not drawn: {e.name} is not installed"
        except MidpError as e:
            self.problem = f"the task's shapes are not drawn: {e}"
        return None
