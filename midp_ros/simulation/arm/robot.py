"""What stands in Franka's control box: at 1 kHz a controller commands the arm, and reflexes stop it; no ROS.

    Motion.sample -> MotionMonitor -> Arm.drive, physics, Arm.read -> MeasuredMonitor, CollisionMonitor

Commands are judged before they are executed, cycle by cycle. What is measured at 1 kHz is judged after every `BATCH`
cycles, so a collision stops the arm up to 10 ms later than on the robot; a joint that is too fast ends the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.robot_mode import RobotMode
from midp_ros.kinematics import ArmDynamics, ArmModel
from midp_ros.simulation.arm.arm import STIFFNESS_NM_RAD, Arm
from midp_ros.simulation.arm.arm_state import ArmState
from midp_ros.simulation.arm.motions import Hold, Later, Motion, Samples
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.arm.robot_settings import RobotSettings
from midp_ros.simulation.arm.state_report import external_wrench, state_report
from midp_ros.simulation.controllers import (
    GoalCode,
    GoalOutcome,
    JointTargetFollower,
    JointTrajectoryController,
    PointToPoint,
    StaleTargetError,
    Tolerances,
    TrackingState,
)
from midp_ros.simulation.engine import PHYSICS_RATE_HZ
from midp_ros.simulation.safety import MeasuredMonitor, ModeError, MotionMonitor, RobotModes, StopTrajectory, Violation
from midp_ros.simulation.safety.measured_monitor import VELOCITY_ROOM_RAD_S

BATCH = 10
RECOVERY_S = 0.5  # how long automatic error recovery takes here; the real one opens its brakes
AT_REST_RAD_S = 0.1  # before that no recovery ends
# franka_follower_controllers' own configuration [Nm/rad].
FOLLOWER_STIFFNESS_NM_RAD = np.array([240.0, 240.0, 240.0, 240.0, 100.0, 60.0, 20.0])
# Beyond this [rad, rad/s, rad/s^2] a command means nothing; numbers near a double's end would break the physics.
ABSURD = 1e6
# libfranka refuses to send what is not finite, and the robot misses its commands.
NOT_A_NUMBER = Violation(
    0, frozenset({"communication_constraints_violation"}), "the arm was told to be where no number says"
)
DEAD_CONTROL = "the control node is down; restart it"


class Robot:
    """One arm, its controllers, its mode and its reflexes.

    Attributes:
        modes: mode and errors.
        settings: what /service_server sets.
        controller: the one that commands: `trajectory`, `stream` or `none`.
        alive: whether the control node lives; a stale joint target ends it.
        reflexes: violations that stopped the arm, oldest first.
        tracking: how the trajectory controller follows.
        goal_outcome: how the trajectory controller's goal ended; whoever reports it sets it to None.
        motion_outcome: of `move_to`: None while it moves, empty when it arrived, else the reason why not.
    """

    def __init__(self, arm: Arm, model: ArmModel, dynamics: ArmDynamics, options: RobotOptions):
        self._arm, self._model, self._options = arm, model, options
        self.modes = RobotModes()
        self.settings = RobotSettings(arm, model, dynamics, self.modes)
        self.trajectory = JointTrajectoryController(Tolerances.default(7), options.interpolate_from_desired_state)
        self.follower = JointTargetFollower()
        self._commanded, self._measured = MotionMonitor(model), MeasuredMonitor(model)
        self._fastest_rad_s = model.profile.velocity_max_rad_s + VELOCITY_ROOM_RAD_S
        self._cycle = 0
        self.alive, self.controller = True, "none"
        self.reflexes: list[Violation] = []
        self.tracking: TrackingState | None = None
        self.goal_outcome: GoalOutcome | None = None
        self.motion_outcome: str | None = ""
        self._push: Array | None = None
        self._recovered_s: float | None = None
        self._point_to_point: PointToPoint | None = None
        self._motion: Motion = Hold(arm.position_rad)
        self.activate(options.controller)

    @property
    def time_s(self) -> float:
        """Time since this robot started."""
        return self._cycle / PHYSICS_RATE_HZ

    # --- who commands -------------------------------------------------------------------------------------------------
    def activate(self, controller: str) -> None:
        """Gives the arm to a controller, from where it is, or to `none`.

        Raises:
            ModeError: the robot is in no mode to be commanded, or its control node is down.
            UnknownNameError: no such controller.
        """
        options = replace(self._options, controller=controller)  # refuses what does not exist
        if not self.alive:
            raise ModeError(DEAD_CONTROL)
        if controller != "none" and not self.modes.accepts_commands:
            raise ModeError(f"{controller} controller cannot command in mode {self.modes.mode.name}")
        self._let_go("controller switched")
        self.modes.end_motion()
        self._hold()
        self._options = options
        if controller == "none":
            return
        self.modes.start_motion()
        self._arm.set_stiffness(FOLLOWER_STIFFNESS_NM_RAD if controller == "stream" else self.settings.stiffness_nm_rad)
        self.controller = controller
        chosen = self.follower if controller == "stream" else self.trajectory
        chosen.activate(self.time_s, self._start_rad)
        self._motion = chosen

    def follow(self, trajectory: JointTrajectory, goal: Tolerances | None = None) -> GoalOutcome | None:
        """Hands a trajectory to its controller; returns how a goal ended that it replaces. Raises CommandError."""
        self.require("trajectory")
        return self.trajectory.accept(trajectory, self.time_s, self._start_rad, self._arm.velocity_rad_s, goal)

    def cancel_goal(self) -> None:
        """Gives up the trajectory controller's goal and holds."""
        if self.controller == "trajectory":
            self.trajectory.cancel(self.time_s, self._start_rad)

    def follow_target(self, target_rad: Array, stamp_s: float) -> None:
        """Hands a joint target to the follower; raises CommandError."""
        self.follower.accept(target_rad, stamp_s, self.time_s, self._arm.position_rad)
        self.require("stream")

    def require(self, controller: str) -> None:
        """Raises CommandError unless this controller is in command."""
        if not self.alive:
            raise CommandError(DEAD_CONTROL)
        if self.controller != controller:
            raise CommandError(
                f"the {controller} controller is not active ({self.controller} is), mode {self.modes.mode.name}"
            )

    def move_to(self, goal_rad: Array, speed_rad_s: Array) -> None:
        """Starts a motion from rest to rest (7,), while no controller is active; raises CommandError or ModeError."""
        if self.modes.mode is not RobotMode.IDLE or not self.alive:
            raise ModeError(f"PTP motion rejected: not possible in mode {self.modes.mode.name}")
        start_rad, profile = self._arm.position_rad, self._model.profile
        self._point_to_point = PointToPoint(profile, self.time_s, start_rad, goal_rad, speed_rad_s)
        self.modes.start_motion()
        self._arm.set_stiffness(self.settings.stiffness_nm_rad)
        self._motion, self.motion_outcome = self._point_to_point, None
        self._commanded.start(self._arm.position_rad)

    def stop_motion(self, reason: str) -> None:
        """Brakes a motion that `move_to` started."""
        if self._point_to_point is not None:
            self._let_go(reason)
            self.modes.end_motion()
            self._brake(self._arm.desired_rad, self._arm.desired_rad_s)

    # --- what stops it ------------------------------------------------------------------------------------------------
    def recover(self) -> None:
        """Begins automatic error recovery; raises ModeError where the robot would refuse it."""
        if not self.alive:
            raise ModeError(DEAD_CONTROL)
        self.modes.recover()
        self.settings.collisions.reset()
        self._recovered_s = self.time_s + RECOVERY_S

    @property
    def recovering(self) -> bool:
        """Whether error recovery is still under way."""
        return self._recovered_s is not None

    def press_user_stop(self, pressed: bool) -> None:
        """The black button: pressed, it stops the arm; released, the arm can be commanded again."""
        if pressed:
            self.modes.press_user_stop()
            self._abandon("user stop pressed", self._arm.position_rad, self._arm.velocity_rad_s)
        else:
            self.modes.release_user_stop()
            self._resume()

    def guide(self, guided: bool) -> None:
        """Lets a person drag the arm, or holds it where it is again; raises ModeError."""
        if guided:
            self.modes.start_guiding()
        elif self.modes.mode is RobotMode.GUIDING:
            self.modes.stop_guiding()
            self._hold()

    def push(self, wrench: Array | None) -> None:
        """Somebody's force [N] and torque [Nm] (6,) on the tool, in the base's axes, until told otherwise."""
        self._push = wrench

    def restart_control(self) -> None:
        """Starts the control node again, with the controller that it had; a motion that was running ends."""
        if self.modes.mode is RobotMode.MOVE:
            self._let_go("control node restarted")
            self.modes.end_motion()
            self._brake(self._arm.position_rad, self._arm.velocity_rad_s)
        self.alive, self.follower = True, JointTargetFollower()
        self._resume()

    # --- time ---------------------------------------------------------------------------------------------------------
    def advance(self, cycles: int, step: Callable[[], None]) -> Array:
        """Lets milliseconds pass; `step` is the physics. Returns the commanded positions (cycles, 7) [rad]."""
        batch, left = BATCH if self._options.reflexes else cycles, cycles
        parts = [np.empty((0, 7))]
        while left > 0:
            parts.append(self._run(min(batch, left), step))
            left -= len(parts[-1])
        return np.concatenate(parts)

    def state(self) -> ArmState:
        """Everything that the robot tells about itself."""
        return state_report(self._arm, self._model, self.settings, self.modes, self.time_s)

    def _run(self, cycles: int, step: Callable[[], None]) -> Array:
        """A batch of at most so many cycles; it ends early where a joint moves too fast."""
        times_s = (self._cycle + 1 + np.arange(cycles)) / PHYSICS_RATE_HZ
        arm, guided = self._arm, self.modes.mode is RobotMode.GUIDING
        samples = self._samples(times_s)
        arm.wrench = None if self._braked else self._push
        watched = self._options.reflexes and not self._braked
        measured: list[Samples] = []
        for told in zip(*samples, strict=True):
            if guided:
                arm.yield_to_force()
            else:
                arm.drive(*told)
            step()
            arm.read()
            measured.append((arm.position_rad, arm.velocity_rad_s, arm.external_nm))
            if watched and (np.abs(arm.velocity_rad_s) > self._fastest_rad_s).any():
                break  # the wrist gains 1 rad/s in a millisecond: too much to wait for the batch's end
        self._cycle += len(measured)
        if self._options.reflexes:
            self._judge(measured)
        self._settle()
        return samples[0][: len(measured)]

    @property
    def _braked(self) -> bool:
        """Whether the robot stops the arm and holds it by itself, whoever pushes."""
        return self.modes.mode in (RobotMode.REFLEX, RobotMode.USER_STOPPED, RobotMode.AUTOMATIC_ERROR_RECOVERY)

    def _samples(self, times_s: Array) -> Samples:
        """The commands for these times, up to a violation; from there on, the stop."""
        try:
            told = position, velocity, acceleration = self._motion.sample(times_s)
        except StaleTargetError as e:
            self.alive = False
            self.modes.end_motion()
            self._abandon(f"control node down: {e}", self._arm.position_rad, self._arm.velocity_rad_s)
            return self._motion.sample(times_s)
        if not (np.abs(told) < ABSURD).all():  # neither is NaN
            self._trip(NOT_A_NUMBER, self._arm.position_rad, self._arm.velocity_rad_s)
            return self._motion.sample(times_s)
        profile = self._model.profile
        within = position.clip(profile.position_min_rad, profile.position_max_rad), velocity, acceleration
        if not (self._options.reflexes and self.modes.mode is RobotMode.MOVE):
            return within
        if self._options.interface == "effort" or self.controller == "stream":
            return within  # torques: only what comes of them is judged
        violation = self._commanded.check(position)
        if violation is None:
            return within
        self._cycle += violation.index  # the stop begins at the violation
        self._trip(violation, self._commanded.position_rad, self._commanded.velocity_rad_s)
        self._cycle -= violation.index
        stop = self._motion.sample(times_s[violation.index :])
        return tuple(np.concatenate([a[: violation.index], b]) for a, b in zip(within, stop, strict=True))  # type: ignore[return-value]

    def _judge(self, measured: list[Samples]) -> None:
        position, velocity, external_nm = (np.array(values) for values in zip(*measured, strict=True))
        wrench = external_wrench(self._arm, self._model, self.settings.mounting)
        collision = self.settings.collisions.check(external_nm[-1:], wrench[None])
        violation = self._measured.check(position, velocity) or collision
        if violation is not None and not self._braked:
            self._trip(violation, self._arm.position_rad, self._arm.velocity_rad_s)

    def _settle(self) -> None:
        """What ends by itself: goals, motions, recovery."""
        arm = self._arm
        if self.controller == "trajectory":
            self.tracking, outcome = self.trajectory.check(self.time_s, arm.position_rad, arm.velocity_rad_s)
            self.goal_outcome = outcome or self.goal_outcome
        if self._point_to_point is not None and self.time_s >= self._point_to_point.end_s:
            self._let_go("")
            self.modes.end_motion()
        at_rest = np.abs(arm.velocity_rad_s).max() < AT_REST_RAD_S
        if self._recovered_s is not None and self.time_s >= self._recovered_s and at_rest:
            self._recovered_s = None
            self.modes.recovered()
            self._resume()

    # --- inside -------------------------------------------------------------------------------------------------------
    def _trip(self, violation: Violation, position_rad: Array, velocity_rad_s: Array) -> None:
        self.modes.trip(violation)
        if self.modes.mode is RobotMode.REFLEX:
            self.reflexes.append(violation)
            self._abandon(violation.reason, position_rad, velocity_rad_s)

    def _abandon(self, reason: str, position_rad: Array, velocity_rad_s: Array) -> None:
        self._recovered_s = None
        self._let_go(reason)
        self._brake(position_rad, velocity_rad_s)

    def _let_go(self, reason: str) -> None:
        """Nobody commands any more; goals end for this reason."""
        if self.controller == "trajectory" and self.trajectory.deactivate() is not None:
            self.goal_outcome = GoalOutcome(GoalCode.INVALID_GOAL, reason)
        self.follower.deactivate()
        if self._point_to_point is not None:
            self._point_to_point, self.motion_outcome = None, reason
        self.controller = "none"

    def _hold(self) -> None:
        self._arm.set_stiffness(STIFFNESS_NM_RAD)
        self._motion = Hold(self._start_rad)
        self._commanded.start(self._start_rad)

    @property
    def _start_rad(self) -> Array:
        """Where a controller begins: where the arm is, or at the end of its range if it swung a little beyond."""
        return self._arm.position_rad.clip(self._model.profile.position_min_rad, self._model.profile.position_max_rad)

    def _brake(self, position_rad: Array, velocity_rad_s: Array) -> None:
        self._arm.set_stiffness(STIFFNESS_NM_RAD)  # the box stops by itself, whatever stiffness a client asked for
        self._motion = Later(StopTrajectory(self._model.profile, position_rad, velocity_rad_s), self.time_s)

    def _resume(self) -> None:
        if self._options.reactivate and self.alive and self.modes.mode is RobotMode.IDLE:
            self.activate(self._options.controller)
