"""The PyBullet stand-in: engine, arm, gripper, tasks and rollout; imports core, kinematics and pybullet."""

from midp_ros.simulation.episode_metrics import EpisodeMetrics, Rollout
from midp_ros.simulation.replay import draw_replay
from midp_ros.simulation.rollout import rollout
from midp_ros.simulation.simulation import Simulation
from midp_ros.simulation.tasks import TASKS, make_task
from midp_ros.simulation.tasks.task import Task, TaskStatus

__all__ = [
    "TASKS",
    "EpisodeMetrics",
    "Rollout",
    "Simulation",
    "Task",
    "TaskStatus",
    "draw_replay",
    "make_task",
    "rollout",
]
