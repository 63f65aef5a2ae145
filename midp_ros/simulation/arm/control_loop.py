"""The 1 kHz loop of Franka's control box: a motion commands the arm, and reflexes stop it; no ROS.

    Motion.sample -> MotionMonitor -> Arm.drive, physics, Arm.read -> MeasuredMonitor, CollisionMonitor

Commands are judged before they are executed, cycle by cycle. Measurements of 1 kHz are judged after every batch, so a
collision stops the arm up to 10 ms later than on the robot; a joint that is too fast ends the batch.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.robot_mode import RobotMode
from midp_ros.kinematics import ArmModel
from midp_ros.simulation.arm.arm import Arm
from midp_ros.simulation.arm.motions import Hold, Later, Motion, Samples
from midp_ros.simulation.arm.robot_settings import RobotSettings
from midp_ros.simulation.arm.state_report import external_wrench
from midp_ros.simulation.controllers import StaleTargetError
from midp_ros.simulation.engine import PHYSICS_RATE_HZ
from midp_ros.simulation.safety import MeasuredMonitor, MotionMonitor, RobotModes, StopTrajectory, Violation
from midp_ros.simulation.safety.measured_monitor import VELOCITY_ROOM_RAD_S

BATCH = 10
# Beyond this [rad, rad/s, rad/s^2] a command means nothing; numbers near a double's end would break the physics.
ABSURD = 1e6
# libfranka refuses to send what is not finite, and the robot misses its commands.
NOT_A_NUMBER = Violation(
    0, frozenset({"communication_constraints_violation"}), "the arm was commanded to positions that are not finite"
)


class ControlLoop:
    """Executes one motion at a time, and stops the arm by itself.

    Args:
        reflexes: whether it judges commands and measurements; otherwise commands are only kept within the joints'
            positions.
        stopped: called with the reason when the loop stops the arm, before it brakes.

    Attributes:
        alive: whether the control node lives; a stale joint target ends it.
        reflexes: violations that stopped the arm, oldest first.
    """

    def __init__(
        self,
        arm: Arm,
        model: ArmModel,
        settings: RobotSettings,
        modes: RobotModes,
        reflexes: bool,
        stopped: Callable[[str], None],
    ):
        self._arm, self._model, self._settings, self._modes = arm, model, settings, modes
        self._strict, self._stopped = reflexes, stopped
        self._commanded, self._measured = MotionMonitor(model), MeasuredMonitor(model)
        self._fastest_rad_s = model.profile.velocity_max_rad_s + VELOCITY_ROOM_RAD_S
        self._cycle, self.alive = 0, True
        self.reflexes: list[Violation] = []
        self._push: Array | None = None
        self._motion: Motion = Hold(arm.position_rad)
        self._judged = False

    @property
    def time_s(self) -> float:
        """Time since the loop started."""
        return self._cycle / PHYSICS_RATE_HZ

    @property
    def start_rad(self) -> Array:
        """Where a controller begins (joints,): where the arm is, or the end of its range if it swung beyond."""
        return self._arm.position_rad.clip(self._model.profile.position_min_rad, self._model.profile.position_max_rad)

    # --- what the arm does --------------------------------------------------------------------------------------------
    def execute(self, motion: Motion, start_rad: Array, stiffness_nm_rad: Array, judged: bool) -> None:
        """Executes a motion from now on.

        Args:
            start_rad: where it begins (joints,).
            stiffness_nm_rad: of the joints (joints,).
            judged: whether each command is judged, as Franka's joint motion generator does; commands that become
                torques are not.
        """
        self._arm.set_stiffness(stiffness_nm_rad)
        self._motion, self._judged = motion, judged
        self._commanded.start(start_rad)

    def hold(self) -> None:
        """Holds the arm where it is."""
        self.execute(Hold(self.start_rad), self.start_rad, self._model.profile.stiffness_nm_rad, judged=True)

    def brake(self, position_rad: Array, velocity_rad_s: Array) -> None:
        """Brings the arm to rest from a position and velocity, each (joints,)."""
        # The box stops by itself, whatever stiffness a client asked for.
        self._arm.set_stiffness(self._model.profile.stiffness_nm_rad)
        self._motion = Later(StopTrajectory(self._model.profile, position_rad, velocity_rad_s), self.time_s)

    def push(self, wrench: Array | None) -> None:
        """A person's force [N] and torque [Nm] (6,) on the tool from now on, in the base's axes; None for none."""
        self._push = wrench

    # --- time ---------------------------------------------------------------------------------------------------------
    def run(self, cycles: int, step: Callable[[], None]) -> Array:
        """A batch of at most so many cycles; it ends early where a joint moves too fast.

        Args:
            step: the physics of one cycle.

        Returns:
            The commanded positions (cycles, joints) [rad].
        """
        cycles = min(BATCH, cycles) if self._strict else cycles
        times_s = (self._cycle + 1 + np.arange(cycles)) / PHYSICS_RATE_HZ
        arm, guided = self._arm, self._modes.mode is RobotMode.GUIDING
        samples = self._samples(times_s)
        arm.wrench = None if self._braked else self._push
        watched = self._strict and not self._braked
        measured: list[Samples] = []
        for commanded in zip(*samples, strict=True):
            if guided:
                arm.yield_to_force()
            else:
                arm.drive(*commanded)
            step()
            arm.read()
            measured.append((arm.position_rad, arm.velocity_rad_s, arm.external_nm))
            if watched and (np.abs(arm.velocity_rad_s) > self._fastest_rad_s).any():
                break  # the wrist gains 1 rad/s in a millisecond: too much to wait for the batch's end
        self._cycle += len(measured)
        if self._strict:
            self._judge(measured)
        return samples[0][: len(measured)]

    # --- what stops it ------------------------------------------------------------------------------------------------
    def stop(self, reason: str, position_rad: Array | None = None, velocity_rad_s: Array | None = None) -> None:
        """Takes the arm from whatever commands it and brakes, from what is measured unless another state is given."""
        self._stopped(reason)
        self.brake(
            self._arm.position_rad if position_rad is None else position_rad,
            self._arm.velocity_rad_s if velocity_rad_s is None else velocity_rad_s,
        )

    @property
    def _braked(self) -> bool:
        """Whether the robot stops the arm and holds it by itself, whatever pushes it."""
        return self._modes.mode in (RobotMode.REFLEX, RobotMode.USER_STOPPED, RobotMode.AUTOMATIC_ERROR_RECOVERY)

    def _samples(self, times_s: Array) -> Samples:
        """The commands for these times, up to a violation; from there on, the stop."""
        try:
            commands = position, velocity, acceleration = self._motion.sample(times_s)
        except StaleTargetError as e:
            self.alive = False
            self._modes.end_motion()
            self.stop(f"control node down: {e}")
            return self._motion.sample(times_s)
        if not (np.abs(commands) < ABSURD).all():  # neither is NaN
            self._trip(NOT_A_NUMBER)
            return self._motion.sample(times_s)
        profile = self._model.profile
        within = position.clip(profile.position_min_rad, profile.position_max_rad), velocity, acceleration
        if not (self._strict and self._judged and self._modes.mode is RobotMode.MOVE):
            return within
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
        wrench = external_wrench(self._arm, self._model, self._settings.mounting)
        collision = self._settings.collisions.check(external_nm[-1:], wrench[None])
        violation = self._measured.check(position, velocity) or collision
        if violation is not None and not self._braked:
            self._trip(violation)

    def _trip(
        self, violation: Violation, position_rad: Array | None = None, velocity_rad_s: Array | None = None
    ) -> None:
        self._modes.trip(violation)
        if self._modes.mode is RobotMode.REFLEX:
            self.reflexes.append(violation)
            self.stop(violation.reason, position_rad, velocity_rad_s)
