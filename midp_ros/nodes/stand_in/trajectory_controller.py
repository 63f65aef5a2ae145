"""A joint_trajectory_controller's topic and action on the simulated robot; imports simulation and rclpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage
from trajectory_msgs.msg import JointTrajectoryPoint

from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.nodes.commands.controller_state_topic import ControllerStateTopic
from midp_ros.nodes.ros.conversions import seconds_from_stamp, stamp_from_seconds, trajectory_from_message
from midp_ros.nodes.ros.deferred_action_server import DeferredActionServer
from midp_ros.nodes.ros.publish_rate import PublishRate
from midp_ros.nodes.stand_in.command_queue import CommandQueue
from midp_ros.nodes.stand_in.simulation_clock import SimulationClock
from midp_ros.simulation.arm.robot import Robot
from midp_ros.simulation.controllers import GoalCode, GoalOutcome, Tolerances, TrackingState

DEPTH = 10  # of joint_trajectory_controller's subscription
AFTER_RESET_S = 1.0  # by then a sender has noticed a reset, or never will
# Difference of a motion from what is commanded that counts as another one. Where positions are commanded, more is a
# reflex: 2.6 rad/s and 10 rad/s^2 for 1 ms. Where torques are, late chunks come to less.
POSITION_STEP = 0.0026, 0.01  # [rad], [rad/s]
TORQUE_STEP = 0.1, np.inf
FEEDBACK_RATE_HZ = 20.0  # action_monitor_rate of joint_trajectory_controller


class TrajectoryController:
    """Receives `<name>/joint_trajectory` and serves `<name>/follow_joint_trajectory`.

    Args:
        joint_names: as the messages name them, in the arm's order.
        robot: gives the present robot, which a reset replaces.
        clock: from stamps to the simulation's time.
        now_s: the graph's time.
        commands: brings the topic's messages.
        catch_up: advances the robot to the present.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        joint_names: Sequence[str],
        robot: Callable[[], Robot],
        clock: SimulationClock,
        now_s: Callable[[], float],
        commands: CommandQueue,
        catch_up: Callable[[], None],
    ):
        self._logger, self._names = node.get_logger(), list(joint_names)
        self._robot, self._clock, self._now_s, self._catch_up = robot, clock, now_s, catch_up
        self._goals: list[Any] = []
        self._running: JointTrajectory | None = None
        self._started_s = 0.0
        self._reset = False  # and no motion of the new episode has come yet
        self._feedback_rate = PublishRate(FEEDBACK_RATE_HZ)
        present = robot()
        self._states = ControllerStateTopic(node, name, joint_names, present.positions, present.refuses_steps)
        commands.subscribe(JointTrajectoryMessage, f"{name}/joint_trajectory", self._on_trajectory, DEPTH)
        self._server = DeferredActionServer(
            node, FollowJointTrajectory, f"{name}/follow_joint_trajectory", self._start, self._acceptable,
            MutuallyExclusiveCallbackGroup(),  # motion is not to wait
        )  # fmt: skip

    def look(self) -> None:
        """Called regularly: ends goals, and publishes the running one's feedback."""
        robot = self._robot()
        if any(handle.is_cancel_requested for handle in self._goals):
            robot.cancel_goal()
            self._end(GoalOutcome(GoalCode.SUCCESSFUL, "cancelled"))
        self._end_what_is_over()
        now_s = self._now_s()
        if self._goals and robot.tracking is not None and self._feedback_rate.due(now_s):
            self._goals[-1].publish_feedback(self._feedback(robot.tracking, now_s))
        if robot.controller == "trajectory" and robot.tracking is not None:
            self._note_start(robot, robot.tracking.time_s)
            self._states.publish(self._clock.reached_s, robot, self._started_s)

    def finish(self) -> None:
        """Aborts the running goal, as when a reset takes the robot away."""
        self._end(GoalOutcome(GoalCode.INVALID_GOAL, "the simulation was reset"))
        self._reset = True

    def _on_trajectory(self, message: JointTrajectoryMessage) -> None:
        try:
            trajectory = self._trajectory(message)
            self._require_of_this_episode(trajectory)
            robot, stamp_s = self._robot(), seconds_from_stamp(message.header.stamp)
            robot.follow(trajectory)
            self._note_start(robot, self._clock.simulation_time(stamp_s) if stamp_s else robot.time_s)
        except CommandError as e:
            self._logger.warning(f"trajectory refused: {e}", throttle_duration_sec=1.0)

    def _note_start(self, robot: Robot, time_s: float) -> None:
        """A trajectory that the controller has not followed before started at a time of the simulation [s]."""
        if robot.trajectory.running is not self._running:
            self._running, self._started_s = robot.trajectory.running, time_s

    def _require_of_this_episode(self, trajectory: JointTrajectory) -> None:
        """Refuses a running motion that is elsewhere than the arm after a reset, until the first one that is not.

        Its sender has planned it before it received a state of the new episode. A reset moves the arm at once, as
        nothing moves a real one, and the motion would be a step of the command.

        Raises:
            CommandError: says how far from the arm the motion is now.
        """
        robot = self._robot()
        now_s = robot.time_s
        self._reset &= now_s < AFTER_RESET_S
        if not self._reset or not trajectory.time_s[0] <= now_s <= trajectory.time_s[-1]:
            return
        commanded, moving = robot.trajectory.sample(np.array([now_s])), trajectory.sample(np.array([now_s]))
        allowed = POSITION_STEP if robot.positions else TORQUE_STEP
        apart = [float(np.abs(m - c).max()) for m, c in zip(moving, commanded[:2], strict=True)]
        if any(difference > most for difference, most in zip(apart, allowed, strict=True)):
            where = f"{apart[0]:.3f} rad and {apart[1]:.2f} rad/s from the arm's"
            raise CommandError(f"it is of the episode before the reset, {where}")
        self._reset = False

    def _acceptable(self, goal: FollowJointTrajectory.Goal) -> bool:
        self._catch_up()
        try:
            robot = self._robot()
            robot.require("trajectory")
            robot.trajectory.validate(self._trajectory(goal.trajectory), robot.time_s)
        except CommandError as e:
            self._logger.error(f"goal rejected: {e}")
            return False
        return True

    def _start(self, handle: Any) -> None:
        goal, robot = handle.request, self._robot()
        self._end_what_is_over()
        try:
            tolerances = Tolerances.default(len(self._names)).for_goal(
                self._names,
                _tolerances(goal.path_tolerance),
                _tolerances(goal.goal_tolerance),
                seconds_from_stamp(goal.goal_time_tolerance),
            )
            preempted = robot.follow(self._trajectory(goal.trajectory), tolerances)
        except CommandError as e:
            self._server.end(handle, False, _result(GoalOutcome(GoalCode.INVALID_GOAL, str(e))))
            return
        if preempted is not None:
            self._end(preempted)
        self._goals.append(handle)

    def _end_what_is_over(self) -> None:
        robot = self._robot()
        if robot.goal_outcome is not None:
            outcome, robot.goal_outcome = robot.goal_outcome, None
            self._end(outcome)

    def _end(self, outcome: GoalOutcome) -> None:
        over, self._goals = self._goals, []
        for handle in over:
            if outcome.code is not GoalCode.SUCCESSFUL:
                self._logger.warning(f"goal aborted: {outcome.text}")
            self._server.end(handle, outcome.code is GoalCode.SUCCESSFUL, _result(outcome))

    def _trajectory(self, message: JointTrajectoryMessage) -> JointTrajectory:
        return trajectory_from_message(message, self._names, self._robot().time_s, self._clock.simulation_time)

    def _feedback(self, tracking: TrackingState, now_s: float) -> FollowJointTrajectory.Feedback:
        feedback = FollowJointTrajectory.Feedback(joint_names=self._names)
        feedback.header.stamp = stamp_from_seconds(now_s)
        feedback.desired = JointTrajectoryPoint(
            positions=tracking.desired_position_rad.tolist(), velocities=tracking.desired_velocity_rad_s.tolist()
        )
        feedback.actual = JointTrajectoryPoint(
            positions=tracking.position_rad.tolist(), velocities=tracking.velocity_rad_s.tolist()
        )
        feedback.error = JointTrajectoryPoint(
            positions=tracking.position_error_rad.tolist(), velocities=tracking.velocity_error_rad_s.tolist()
        )
        return feedback


def _tolerances(messages: Sequence[JointTolerance]) -> dict[str, tuple[float, float]]:
    return {m.name: (m.position, m.velocity) for m in messages}


def _result(outcome: GoalOutcome) -> FollowJointTrajectory.Result:
    return FollowJointTrajectory.Result(error_code=int(outcome.code), error_string=outcome.text)
