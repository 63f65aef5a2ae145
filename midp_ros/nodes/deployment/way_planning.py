"""The way to a start pose, planned around obstacles beside the node's own work; imports planning, control and rclpy."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rclpy.node import Node

from midp_ros.control import LimitFractions, start_motion
from midp_ros.control.loop.start_pose import held_before
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.nodes.commands.motion_check import table_height_m
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.planning import PlanRequest, read_obstacles
from midp_ros.planning.planners import planner_or_none

PARAMETERS = (
    Parameter(
        "planner",
        "auto",
        "plans the way to the start pose: moveit, builtin, auto (MoveIt where it is installed) or none (straight)",
    ),
    Parameter("obstacles", "", "YAML file of what stands around the arm (docs/planning.md)", is_path=True),
)
# From start, goal (joints,) and fraction of the limits to the motion from time 0 on, which first stays where it is.
# Yields while it is planned; raises NoMotionError and CommandError.
Way = Callable[[Array, Array, float], Generator[None, None, JointTrajectory]]


def straight_way(profile: RobotProfile) -> Way:
    """The straight way through joint space, whatever stands there."""

    def way(start_rad: Array, goal_rad: Array, fraction: float) -> Generator[None, None, JointTrajectory]:
        yield from ()
        return start_motion(profile, 0.0, start_rad, goal_rad, fraction)

    return way


class WayPlanner:
    """Plans by a node's parameters, on a thread, so that the node goes on holding the arm."""

    def __init__(self, node: Node, model: ArmModel, contract: Contract):
        name, file = value(node, "planner"), value(node, "obstacles")
        self._obstacles = read_obstacles(Path(file)) if file else ()
        self._logger, self._straight = node.get_logger(), straight_way(model.profile)
        self._planner, self._thread = planner_or_none(name, model), ThreadPoolExecutor(1, "planning")
        if self._planner is None and file:
            self._logger.warning("planner is none: the obstacles are not looked at")
        self._table_height_m = table_height_m(node, contract) if value(node, "check_collisions") else None

    def way(self, start_rad: Array, goal_rad: Array, fraction: float) -> Generator[None, None, JointTrajectory]:
        """A Way."""
        if self._planner is None:
            return (yield from self._straight(start_rad, goal_rad, fraction))
        fractions = LimitFractions(fraction, fraction, fraction)
        request = PlanRequest(start_rad, goal_rad, self._obstacles, self._table_height_m, fractions=fractions)
        planned = self._thread.submit(self._planner.plan, request)
        while not planned.done():
            yield
        motion = planned.result()
        self._logger.info(
            f"way around {len(self._obstacles)} obstacles planned by {self._planner.name}: {motion.time_s[-1]:.1f} s"
        )
        return held_before(motion)

    def close(self) -> None:
        """Ends the planner."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        if self._planner is not None:
            self._planner.close()
