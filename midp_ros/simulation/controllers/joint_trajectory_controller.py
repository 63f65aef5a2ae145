"""A joint_trajectory_controller without ROS; imports core only."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import SAME_TIME_S, JointTrajectory
from midp_ros.simulation.controllers.goal_outcome import GoalCode, GoalOutcome
from midp_ros.simulation.controllers.tolerances import SINGLE_EPSILON, Tolerances
from midp_ros.simulation.controllers.tracking_state import TrackingState

UPDATE_PERIOD_S = 0.001  # of Franka's controller manager
# [rad], [rad/s], [rad/s^2] where a trajectory is joined; as in controllers/src/continuing_trajectory_controller.cpp.
# Together they add at most 140 rad/s^3 in a millisecond to the motions' own jerk; rounding makes a hundredth of it.
STEP = 1e-7, 2e-5, 2e-2


class JointTrajectoryController:
    """Follows joint trajectories by the rules of ros2_controllers' joint_trajectory_controller (Jazzy, 4.x).

    A new trajectory replaces the running one at once. Until its first point the motion leads there from the present
    state. Where its first points are past already, the trajectory is joined at the present time, with a step if the arm
    is elsewhere. A trajectory from the topic keeps a running action goal alive: the goal is then judged by
    the new trajectory. With `interpolate_from_desired_state` the real one dates the commanded state one update too
    early (`last_commanded_time_`, up to 6.9), so that a motion on its way steps by its velocity times one period; so
    does this one.

    All times are on one clock [s]; joints are in the arm's order.

    Args:
        tolerances: defaults, which a goal may override.
        interpolate_from_desired_state: move to a trajectory's first point from the commanded state; the real one's
            default is the measured state.
        refuse_steps: take a trajectory from the topic only where it continues the running one.
    """

    steady = True  # what it samples depends on the time alone, until it accepts, cancels, holds or ends a trajectory

    def __init__(
        self, tolerances: Tolerances, interpolate_from_desired_state: bool = False, refuse_steps: bool = False
    ):
        self._defaults = self._tolerances = tolerances
        self._from_desired, self._refuse_steps = interpolate_from_desired_state, refuse_steps
        self._trajectory: JointTrajectory | None = None
        self._last_checked: tuple[JointTrajectory, float, Array, Array] | None = None
        self.has_goal = False

    def activate(self, time_s: float, position_rad: Array) -> None:
        """Holds the position, without a goal."""
        self._hold(time_s, position_rad)

    def deactivate(self) -> GoalOutcome | None:
        """Releases the arm; returns the running goal's outcome."""
        self._trajectory = None
        return self._drop_goal("Current goal cancelled during deactivate transition.")

    def accept(
        self,
        trajectory: JointTrajectory,
        time_s: float,
        position_rad: Array,
        velocity_rad_s: Array,
        goal: Tolerances | None = None,
    ) -> GoalOutcome | None:
        """Follows a trajectory from now on; returns the outcome of a goal that it replaces.

        Args:
            position_rad, velocity_rad_s: measured state (joints,).
            goal: an action goal's tolerances; None for a trajectory from the topic.

        Raises:
            CommandError: inactive, wrong number of joints, over already, not at rest at its end, or a step that is
                refused; the running trajectory continues.
        """
        self.validate(trajectory, time_s)
        if trajectory.time_s[0] > time_s + SAME_TIME_S:
            if self._from_desired:
                commanded = self._running().sample_with_acceleration(time_s)
                trajectory = trajectory.starting_from(time_s - UPDATE_PERIOD_S, *commanded)
            else:
                trajectory = trajectory.starting_from(time_s, position_rad, velocity_rad_s)
        if self._refuse_steps and goal is None:
            self._require_continuing(trajectory, time_s)
        preempted = None
        if goal is not None:
            preempted = self._drop_goal("Current goal preempted by new incoming action.")
            self._tolerances, self.has_goal = goal, True
        self._trajectory, self._holding, self._checked = trajectory, False, False
        return preempted

    def cancel(self, time_s: float, position_rad: Array) -> None:
        """Aborts the running goal and holds at the measured position; does nothing without a goal."""
        if self.has_goal:
            self._hold(time_s, position_rad)

    def sample(self, times_s: Array) -> tuple[Array, Array, Array]:
        """Desired positions [rad], velocities [rad/s] and accelerations [rad/s^2] (times, joints)."""
        return self._running().sample_with_acceleration(times_s)

    def check(self, time_s: float, position_rad: Array, velocity_rad_s: Array) -> GoalOutcome | None:
        """The trajectory's outcome if it has just ended, from the joints' state, each (joints,).

        After a violation, reported for trajectories from the topic too, the arm holds at the measured position.
        The tolerances of the last goal also apply to the topic's trajectories after it.
        """
        self._last_checked = self._running(), time_s, position_rad, velocity_rad_s
        outcome = None if self._holding else self._judge()
        self._checked = True
        if outcome is not None:
            if outcome.code is GoalCode.SUCCESSFUL:
                self._holding, self.has_goal = True, False
            else:
                self._hold(time_s, position_rad)
        return outcome

    @property
    def running(self) -> JointTrajectory | None:
        """What it follows, or a single point where it holds; None while it is not active."""
        return self._trajectory

    @property
    def tracking(self) -> TrackingState | None:
        """The state (joints,) at the last `check`; None before."""
        if self._last_checked is None:
            return None
        trajectory, time_s, *actual = self._last_checked
        return TrackingState(time_s, *trajectory.sample_with_acceleration(time_s), *actual)

    def _judge(self) -> GoalOutcome | None:
        assert self._last_checked is not None
        trajectory, time_s, *_ = self._last_checked
        late_s = time_s - trajectory.time_s[-1]
        arrived = late_s >= -UPDATE_PERIOD_S
        tolerances = self._tolerances
        if not (arrived and self._checked) and tolerances.judge_path and not tolerances.allow_on_path(self._state()):
            return GoalOutcome(GoalCode.PATH_TOLERANCE_VIOLATED, "Aborted due to path tolerance violation")
        if not arrived:
            return None
        if tolerances.allow_at_goal(self._state()):
            return GoalOutcome(GoalCode.SUCCESSFUL, "Goal successfully reached!") if self.has_goal else None
        if 0 < tolerances.goal_time_s < late_s:
            text = f"Aborted due to goal_time_tolerance exceeding by {late_s:.6f} seconds"
            return GoalOutcome(GoalCode.GOAL_TOLERANCE_VIOLATED, text)
        return None

    def validate(self, trajectory: JointTrajectory, time_s: float) -> None:
        """Raises the CommandError with which `accept` would refuse it."""
        joints = self._running().position_rad.shape[1]
        if trajectory.position_rad.shape[1] != joints:
            raise CommandError(f"trajectory is for {trajectory.position_rad.shape[1]} joints; the arm has {joints}")
        # A zero stamp means now; "now" may be one update old by the time it gets here.
        if (late_s := time_s - trajectory.time_s[-1]) > UPDATE_PERIOD_S:
            raise CommandError(f"trajectory ended {late_s:.3f} s ago")
        moving = np.flatnonzero(np.abs(trajectory.velocity_rad_s[-1]) > SINGLE_EPSILON)
        if len(moving):
            raise CommandError(f"trajectory's last point moves joint {moving[0] + 1}; it must be at rest")

    def _require_continuing(self, trajectory: JointTrajectory, time_s: float) -> None:
        running, proposed = (t.sample_with_acceleration(time_s) for t in (self._running(), trajectory))
        apart = [float(np.abs(p - r).max()) for p, r in zip(proposed, running, strict=True)]
        if any(difference > most for difference, most in zip(apart, STEP, strict=True)):
            raise CommandError(
                f"trajectory would be a step of {apart[0]:.2g} rad, {apart[1]:.2g} rad/s and {apart[2]:.2g} rad/s^2: "
                "it came too late, or differs from the running one at once"
            )

    def _state(self) -> TrackingState:
        state = self.tracking
        assert state is not None
        return state

    def _hold(self, time_s: float, position_rad: Array) -> None:
        self._trajectory = JointTrajectory(np.array([time_s]), np.array(position_rad, float)[None])
        self._holding, self.has_goal = True, False

    def _drop_goal(self, reason: str) -> GoalOutcome | None:
        dropped, self.has_goal = self.has_goal, False
        return GoalOutcome(GoalCode.INVALID_GOAL, reason) if dropped else None

    def _running(self) -> JointTrajectory:
        if self._trajectory is None:
            raise CommandError("the joint trajectory controller is not active")
        return self._trajectory
