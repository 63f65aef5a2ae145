"""The PyBullet stand-in for a Franka, without ROS; imports core, kinematics and pybullet.

    engine        PyBullet behind a small interface
    arm, hand     the robot: drive, controllers' inputs, gripper
    controllers   joint_trajectory_controller, joint follower, point-to-point motion
    safety        reflexes on commands and measurements, the mode, the stop
    tasks         scenes with their success criteria
    camera        simulated cameras
    simulation, rollout   all of it together; one episode of a policy
"""

from midp_ros.simulation.engine import Engine
from midp_ros.simulation.episode_metrics import EpisodeMetrics, EpisodeSimulation, Failure, Rollout
from midp_ros.simulation.replay import draw_replay
from midp_ros.simulation.rollout import rollout
from midp_ros.simulation.simulation import Simulation
from midp_ros.simulation.tasks import TASKS, make_task
from midp_ros.simulation.tasks.reach import Reach
from midp_ros.simulation.tasks.task import Reachable, Start, Task, TaskStatus, random_tool

__all__ = [
    "TASKS",
    "Engine",
    "EpisodeMetrics",
    "EpisodeSimulation",
    "Failure",
    "Reach",
    "Reachable",
    "Rollout",
    "Simulation",
    "Start",
    "Task",
    "TaskStatus",
    "draw_replay",
    "make_task",
    "random_tool",
    "rollout",
]
