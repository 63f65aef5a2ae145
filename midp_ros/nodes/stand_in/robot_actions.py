"""/action_server/*: error recovery and point-to-point motion; imports simulation, franka_msgs and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from franka_msgs.action import ErrorRecovery, PTPMotion
from franka_msgs.msg import TargetStatus
from rclpy.node import Node

from midp_ros.core.errors import MidpError
from midp_ros.nodes.ros.deferred_action_server import DeferredActionServer
from midp_ros.simulation.arm.robot import Robot


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
        """Called regularly: ends the goals that the robot has finished."""
        robot = self._robot()
        if self._recovering and not robot.recovering:
            self._end_recovery(robot.modes.accepts_commands)
        for handle in self._moving:
            if handle.is_cancel_requested:
                robot.stop_motion("cancelled")
            handle.publish_feedback(PTPMotion.Feedback(target_status=TargetStatus(status=TargetStatus.EXECUTING)))
        self._end_what_is_over()

    def finish(self) -> None:
        """Aborts what is running, as when a reset takes the robot away."""
        self._end_recovery(False)
        self._end_motion("the simulation was reset")

    def _recover(self, handle: Any) -> None:
        """Begins a recovery, or waits for the one that is under way."""
        try:
            if not self._robot().recovering:
                self._robot().recover()
        except MidpError as e:
            self._logger.error(f"automatic error recovery refused: {e}")
            self._recovery.end(handle, False, ErrorRecovery.Result())
        else:
            self._recovering.append(handle)

    def _end_recovery(self, succeeded: bool) -> None:
        over, self._recovering = self._recovering, []
        for handle in over:
            self._recovery.end(handle, succeeded, ErrorRecovery.Result())

    def _move(self, handle: Any) -> None:
        """Starts a motion; a running one continues, and the new goal is aborted."""
        self._end_what_is_over()
        goal = handle.request
        try:
            self._robot().move_to(np.array(goal.goal_joint_configuration), np.array(goal.maximum_joint_velocities))
        except MidpError as e:
            self._tell(handle, str(e))
        else:
            self._moving = [handle]

    def _end_what_is_over(self) -> None:
        outcome = self._robot().motion_outcome
        if outcome is not None:
            self._end_motion(outcome)

    def _end_motion(self, reason: str) -> None:
        over, self._moving = self._moving, []
        for handle in over:
            self._tell(handle, reason)

    def _tell(self, handle: Any, reason: str) -> None:
        if reason:
            self._logger.error(f"PTP motion aborted: {reason}")
        status = TargetStatus(status=TargetStatus.ABORTED if reason else TargetStatus.TARGET_REACHED)
        self._motion.end(handle, not reason, PTPMotion.Result(target_status=status, error_message=reason))
