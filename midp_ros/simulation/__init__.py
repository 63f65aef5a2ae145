"""The PyBullet stand-in: engine, arm, gripper, tasks and rollout; imports core, kinematics and pybullet."""

from midp_ros.simulation.replay import draw_replay
from midp_ros.simulation.rollout import rollout
from midp_ros.simulation.simulation import Simulation
from midp_ros.simulation.tasks import TASKS, make_task
from midp_ros.simulation.tasks.task import Task, TaskStatus
from midp_ros.simulation.trail import Rollout, Trail

__all__ = ["TASKS", "Rollout", "Simulation", "Task", "TaskStatus", "Trail", "draw_replay", "make_task", "rollout"]
