"""/action_server/*: error recovery and point-to-point motion; imports simulation, franka_msgs and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from franka_msgs.action import ErrorRecovery, PTPMotion
from franka_msgs.msg import TargetStatus
from rclpy.node import Node

from midp_ros.core.errors import MidpError
from midp_ros.nodes.deferred_action_server import DeferredActionServer
from midp_ros.simulation.arm_state import RobotMode
from midp_ros.simulation.robot import Robot


class RobotActions:
    """Serves `error_recovery` and `ptp_motion` as franka_hardware's action server does.

    Args:
        robot: gives the present robot, which a reset replaces.
    """

    def __init__(self, node: Node, robot: Callable[[], Robot]):
        self._robot, self._logger = robot, node.get_logger()
        self._recovering: list[Any] = []
        self._moving: list[Any] = []
        self._recovery = DeferredActionServer(node, ErrorRecovery, "action_server/error_recovery", self._recover)
        self._motion = DeferredActionServer(node, PTPMotion, "action_server/ptp_motion", self._move)

    def look(self) -> None:
        """Called regularly: ends the goals that the robot is done with."""
        robot = self._robot()
        if self._recovering and not robot.recovering:
            self._end_recovery(robot.modes.mode is not RobotMode.REFLEX)
        for handle in self._moving:
            if handle.is_cancel_requested:
                robot.stop_motion("cancelled")
            handle.publish_feedback(PTPMotion.Feedback(target_status=TargetStatus(status=TargetStatus.EXECUTING)))
        if self._moving and robot.motion_outcome is not None:
            self._end_motion(robot.motion_outcome)

    def finish(self) -> None:
        """Aborts what is running, as when a reset takes the robot away."""
        self._end_recovery(False)
        self._end_motion("the simulation was reset")

    def _recover(self, handle: Any) -> None:
        self._recovering.append(handle)
        try:
            self._robot().recover()
        except MidpError as e:
            self._logger.error(f"automatic error recovery refused: {e}")
            self._end_recovery(False)

    def _end_recovery(self, succeeded: bool) -> None:
        over, self._recovering = self._recovering, []
        for handle in over:
            self._recovery.end(handle, succeeded, ErrorRecovery.Result())

    def _move(self, handle: Any) -> None:
        self._end_motion("a new motion was asked for")
        self._moving = [handle]
        goal = handle.request
        try:
            self._robot().move_to(np.array(goal.goal_joint_configuration), np.array(goal.maximum_joint_velocities))
        except MidpError as e:
            self._end_motion(str(e))

    def _end_motion(self, reason: str) -> None:
        over, self._moving = self._moving, []
        status = TargetStatus(status=TargetStatus.ABORTED if reason else TargetStatus.TARGET_REACHED)
        for handle in over:
            if reason:
                self._logger.error(f"PTP motion aborted: {reason}")
            self._motion.end(handle, not reason, PTPMotion.Result(target_status=status, error_message=reason))
