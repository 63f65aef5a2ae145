"""Who commands the arm: a trajectory controller, a joint target follower, a point-to-point motion or none; no ROS."""

from __future__ import annotations

from dataclasses import replace

from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.robot_mode import RobotMode
from midp_ros.kinematics import ArmModel
from midp_ros.simulation.arm.arm import Arm
from midp_ros.simulation.arm.control_loop import ControlLoop
from midp_ros.simulation.arm.motions import Motion
from midp_ros.simulation.arm.observer import ArmObserver
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.arm.robot_settings import RobotSettings
from midp_ros.simulation.controllers import (
    GoalCode,
    GoalOutcome,
    JointTargetFollower,
    JointTrajectoryController,
    PointToPoint,
    Tolerances,
    TrackingState,
)
from midp_ros.simulation.safety import ModeError, MotionMonitor, RobotModes

# franka_follower_controllers' own configuration, 240 240 240 240 100 60 20 Nm/rad, of the trajectory controller's.
FOLLOWER_STIFFNESS_SHARE = 0.4
DEAD_CONTROL = "the control node is down; restart it"


class ControllerManager:
    """Activates one controller at a time.

    Attributes:
        controller: the active one: `trajectory`, `stream` or `none`.
        goal_outcome: how the trajectory controller's goal ended; its reader sets it to None.
        motion_outcome: of `move_to`: None while it moves, empty when it arrived, else the reason why not.
    """

    def __init__(
        self,
        arm: Arm,
        model: ArmModel,
        settings: RobotSettings,
        modes: RobotModes,
        loop: ControlLoop,
        options: RobotOptions,
    ):
        self._arm, self._model, self._settings, self._modes = arm, model, settings, modes
        self._loop, self._options = loop, options
        self.trajectory = JointTrajectoryController(
            Tolerances.default(len(arm.position_rad)), options.interpolate_from_desired_state, options.refuse_steps
        )
        self.follower = JointTargetFollower(model.profile.joints)
        self.controller = "none"
        self.goal_outcome: GoalOutcome | None = None
        self.motion_outcome: str | None = ""
        self._point_to_point: PointToPoint | None = None
        self._observer: ArmObserver | None = None

    @property
    def refuses_steps(self) -> bool:
        """Whether the trajectory controller refuses a trajectory that would be a step."""
        return self._options.refuse_steps

    @property
    def positions(self) -> bool:
        """Whether commands are positions, which the robot judges, and not torques."""
        return self._options.interface == "position"

    def activate(self, controller: str) -> None:
        """Gives the arm to a controller, from where it is, or to `none`.

        Raises:
            ModeError: the robot is in no mode to be commanded, or its control node is down.
            UnknownNameError: no such controller.
        """
        options = replace(self._options, controller=controller)  # refuses what does not exist
        if not self._loop.alive:
            raise ModeError(DEAD_CONTROL)
        if controller != "none" and not self._modes.accepts_commands:
            raise ModeError(f"{controller} controller cannot command in mode {self._modes.mode.name}")
        self.let_go("controller switched")
        self._modes.end_motion()
        self._loop.hold()
        self._options = options
        if controller == "none":
            return
        if self._observer is not None:
            self._observer.happened(self._loop.time_s, "controller", controller)
        self._modes.start_motion()
        self.controller, streams = controller, controller == "stream"
        chosen, start_rad = self.follower if streams else self.trajectory, self._loop.start_rad
        chosen.activate(self._loop.time_s, start_rad)
        stiffness_nm_rad = self._settings.stiffness_nm_rad
        if streams:
            stiffness_nm_rad = FOLLOWER_STIFFNESS_SHARE * self._model.profile.stiffness_nm_rad
        self._loop.execute(chosen, start_rad, stiffness_nm_rad, judged=self.positions and not streams)

    def reactivate(self) -> None:
        """Gives the arm back to its last controller, where the options say so and the robot takes commands."""
        if self._options.reactivate and self._loop.alive and self._modes.mode is RobotMode.IDLE:
            self.activate(self._options.controller)

    def follow(self, trajectory: JointTrajectory, goal: Tolerances | None = None) -> GoalOutcome | None:
        """Hands a trajectory to its controller; returns how a goal ended that it replaces. Raises CommandError."""
        self.require("trajectory")
        start_rad, speed_rad_s = self._loop.start_rad, self._arm.velocity_rad_s
        if self._observer is not None:
            self._observer.followed(self._loop.time_s, trajectory)
        return self.trajectory.accept(trajectory, self._loop.time_s, start_rad, speed_rad_s, goal)

    def cancel_goal(self) -> None:
        """Gives up the trajectory controller's goal and holds."""
        if self.controller == "trajectory":
            self.trajectory.cancel(self._loop.time_s, self._loop.start_rad)

    def follow_target(self, target_rad: Array, stamp_s: float) -> None:
        """Hands a joint target to the follower; raises CommandError."""
        if self._observer is not None:
            self._observer.targeted(self._loop.time_s, stamp_s, target_rad)
        self.follower.accept(target_rad, stamp_s, self._loop.time_s, self._arm.position_rad)
        self.require("stream")

    def require(self, controller: str) -> None:
        """Raises CommandError unless this controller is in command."""
        if not self._loop.alive:
            raise CommandError(DEAD_CONTROL)
        if self.controller != controller:
            raise CommandError(
                f"the {controller} controller is not active ({self.controller} is), mode {self._modes.mode.name}"
            )

    def move_to(self, goal_rad: Array, speed_rad_s: Array) -> None:
        """Starts a motion from rest to rest while no controller is active; raises CommandError or ModeError."""
        if self._modes.mode is not RobotMode.IDLE or not self._loop.alive:
            raise ModeError(f"PTP motion rejected: not possible in mode {self._modes.mode.name}")
        start_rad, profile = self._arm.position_rad, self._model.profile
        self._point_to_point = PointToPoint(profile, self._loop.time_s, start_rad, goal_rad, speed_rad_s)
        self._modes.start_motion()
        self.motion_outcome = None
        self._loop.execute(self._point_to_point, start_rad, self._settings.stiffness_nm_rad, judged=self.positions)

    def drive_by(
        self, motion: Motion, stiffness_nm_rad: Array, monitor: MotionMonitor, judged: bool, desired: bool = True
    ) -> None:
        """Gives the idle arm to a motion whose commands a client sends cycle by cycle; raises ModeError.

        Args:
            stiffness_nm_rad: of the joints (joints,).
            monitor: that judges the commands, if `judged`.
            desired: whether the motion starts where the arm is held, and not where it is measured.
        """
        if self._modes.mode is not RobotMode.IDLE or not self._loop.alive:
            raise ModeError(f"move command rejected: not possible in mode {self._modes.mode.name}")
        self.let_go("another motion started")
        if self._observer is not None:
            self._observer.happened(self._loop.time_s, "controller", "client")
        self._modes.start_motion()
        start_rad = self._arm.desired_rad if desired else self._loop.start_rad
        self._loop.execute(motion, start_rad, stiffness_nm_rad, judged, monitor)

    def release(self, brake: bool = False) -> None:
        """Ends the motion of `drive_by`: the arm holds where it is desired, or brakes from what is measured."""
        self._modes.end_motion()
        if brake:
            self._loop.brake(self._arm.position_rad, self._arm.velocity_rad_s)
        else:
            self._loop.brake(self._arm.desired_rad, self._arm.desired_rad_s)

    def stop_motion(self, reason: str) -> None:
        """Brakes a motion that `move_to` started."""
        if self._point_to_point is not None:
            self.let_go(reason)
            self._modes.end_motion()
            self._loop.brake(self._arm.desired_rad, self._arm.desired_rad_s)

    def restart_control(self) -> None:
        """Starts the control node again, with the controller that it had; a motion that was running ends."""
        if self._modes.mode is RobotMode.MOVE:
            self.let_go("control node restarted")
            self._modes.end_motion()
            self._loop.brake(self._arm.position_rad, self._arm.velocity_rad_s)
        self._loop.alive, self.follower = True, JointTargetFollower(self._model.profile.joints)
        self.reactivate()

    def let_go(self, reason: str) -> None:
        """Takes the arm from its controller; goals end for this reason."""
        if self.controller == "trajectory" and self.trajectory.deactivate() is not None:
            self.goal_outcome = GoalOutcome(GoalCode.INVALID_GOAL, reason)
        self.follower.deactivate()
        if self._point_to_point is not None:
            self._point_to_point, self.motion_outcome = None, reason
        self.controller = "none"

    def settle(self) -> None:
        """Ends the goals and motions that are done."""
        arm, time_s = self._arm, self._loop.time_s
        if self.controller == "trajectory":
            outcome = self.trajectory.check(time_s, arm.position_rad, arm.velocity_rad_s)
            if outcome is not None:
                self._loop.forget()
                self.goal_outcome = outcome
        if self._point_to_point is not None and time_s >= self._point_to_point.end_s:
            self.let_go("")
            self._modes.end_motion()

    @property
    def tracking(self) -> TrackingState | None:
        """How the trajectory controller follows, or followed last."""
        return self.trajectory.tracking
