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
from midp_ros.simulation.arm.motions import Hold, Later, Motion, MotionRefused, Samples
from midp_ros.simulation.arm.observer import ArmObserver
from midp_ros.simulation.arm.robot_settings import RobotSettings
from midp_ros.simulation.arm.state_report import external_wrench
from midp_ros.simulation.controllers import StaleTargetError
from midp_ros.simulation.engine import PHYSICS_RATE_HZ
from midp_ros.simulation.safety import MeasuredMonitor, MotionMonitor, RobotModes, StopTrajectory, Violation
from midp_ros.simulation.safety.measured_monitor import VELOCITY_ROOM_RAD_S

BATCH = 10
NOTHING = np.empty(0)  # known of external torques where nothing is judged
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
        observer: receives each batch; None: nothing does.
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
        self._own_monitor, self._measured = MotionMonitor(model), MeasuredMonitor(model)
        self._commanded = self._own_monitor
        self._fastest_rad_s = model.profile.velocity_max_rad_s + VELOCITY_ROOM_RAD_S
        self._watched_rad_s = float(self._fastest_rad_s.min())
        self._cycle, self.alive = 0, True
        self.reflexes: list[Violation] = []
        self._push: Array | None = None
        self.observer: ArmObserver | None = None
        self._asked: Array | None = None  # of the running batch, where it differs from what is executed
        self._wrench = np.zeros(6)
        self._motion: Motion = Hold(arm.position_rad)
        self._command = arm.command
        self._judged = False
        self._ahead: tuple[Array, ...] = ()  # positions as commanded, then the samples that are executed
        self._used = 0  # of these

    @property
    def time_s(self) -> float:
        """Time since the loop started."""
        return self._cycle / PHYSICS_RATE_HZ

    @property
    def start_rad(self) -> Array:
        """Where a controller begins (joints,): where the arm is, or the end of its range if it swung beyond."""
        return self._arm.position_rad.clip(self._model.profile.position_min_rad, self._model.profile.position_max_rad)

    # --- what the arm does --------------------------------------------------------------------------------------------
    def execute(
        self,
        motion: Motion,
        start_rad: Array,
        stiffness_nm_rad: Array,
        judged: bool,
        monitor: MotionMonitor | None = None,
    ) -> None:
        """Executes a motion from now on.

        Args:
            start_rad: where it begins (joints,).
            stiffness_nm_rad: of the joints (joints,).
            judged: whether each command is judged, as Franka's joint motion generator does; commands that become
                torques are not.
            monitor: that judges them; None for the loop's own.
        """
        self._arm.set_stiffness(stiffness_nm_rad)
        self._motion, self._judged = motion, judged
        self._command = getattr(motion, "command", self._arm.command)
        self._arm.set_friction(getattr(motion, "friction_nm", None))
        self._commanded = monitor or self._own_monitor
        self._commanded.start(start_rad)
        self.forget()

    def hold(self) -> None:
        """Holds the arm where it is."""
        self.execute(Hold(self.start_rad), self.start_rad, self._model.profile.stiffness_nm_rad, judged=True)

    def brake(self, position_rad: Array, velocity_rad_s: Array) -> None:
        """Brings the arm to rest from a position and velocity, each (joints,)."""
        # The box stops by itself, whatever stiffness a client asked for.
        self._arm.set_stiffness(self._model.profile.stiffness_nm_rad)
        self._motion = Later(StopTrajectory(self._model.profile, position_rad, velocity_rad_s), self.time_s)
        self._command = self._arm.command
        self._arm.set_friction(None)
        self.forget()

    def push(self, wrench: Array | None) -> None:
        """A person's force [N] and torque [Nm] (6,) on the tool from now on, in the base's axes; None for none."""
        self._push = wrench

    def look_ahead(self, cycles: int) -> None:
        """Samples and judges the commands of many cycles at once, which takes less time than batch by batch.

        It is done where time alone decides the motion and no command is refused; else `run` looks closer. The motion
        must receive no command within these cycles; `forget` where it changes by itself.
        """
        self.forget()
        if cycles <= BATCH or not (self._judging and getattr(self._motion, "steady", False)):
            return
        commands = self._motion.sample(self._times_s(cycles))
        if (np.abs(commands) < ABSURD).all() and self._commanded.judge(commands[0]) is None:
            self._ahead, self._used = (commands[0], self._within(commands[0]), *commands[1:]), 0

    def forget(self) -> None:
        """Drops what `look_ahead` has prepared."""
        self._ahead = ()

    # --- time ---------------------------------------------------------------------------------------------------------
    def run(self, cycles: int, step: Callable[[], None]) -> Array:
        """A batch of at most so many cycles; it ends early where a joint moves too fast.

        Args:
            step: the physics of one cycle.

        Returns:
            The commanded positions (cycles, joints) [rad].
        """
        cycles = min(BATCH, cycles) if self._strict else cycles
        arm, guided = self._arm, self._modes.mode is RobotMode.GUIDING
        self._asked = None
        samples = self._prepared(cycles) if self._ahead else self._samples(self._times_s(cycles))
        arm.wrench = None if self._braked else self._push
        watched = self._strict and not self._braked
        measured: list[tuple[Array, Array]] = []
        highest_rad_s = 0.0
        for q, dq, ddq in zip(samples[0].tolist(), samples[1].tolist(), samples[2], strict=False):
            if guided:
                arm.yield_to_force()
            else:
                self._command(q, dq, ddq)
            step()
            arm.read()
            measured.append((arm.position_rad, arm.velocity_rad_s))
            highest_rad_s = max(highest_rad_s, arm.highest_rad_s)
            if watched and highest_rad_s > self._watched_rad_s:
                if (np.abs(arm.velocity_rad_s) > self._fastest_rad_s).any():
                    self.forget()
                    break  # the wrist gains 1 rad/s in a millisecond: too much to wait for the batch's end
        count = len(measured)
        if not guided:
            arm.desired_rad, arm.desired_rad_s, arm.desired_rad_s2 = (values[count - 1] for values in samples)
        self._cycle += count
        if self._strict:
            self._judge(measured, highest_rad_s)
        if self.observer is not None:
            asked, felt_nm = samples[0] if self._asked is None else self._asked, NOTHING
            if self._strict:
                felt_nm = arm.external_nm
            self.observer.ran(self.time_s, asked[:count], measured, felt_nm, self._wrench)
        return samples[0][:count]

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

    @property
    def _judging(self) -> bool:
        """Whether commands are judged before they are executed."""
        return self._strict and self._judged and self._modes.mode is RobotMode.MOVE

    def _times_s(self, cycles: int) -> Array:
        return (self._cycle + 1 + np.arange(cycles)) / PHYSICS_RATE_HZ

    def _within(self, position_rad: Array) -> Array:
        return position_rad.clip(self._model.profile.position_min_rad, self._model.profile.position_max_rad)

    def _prepared(self, cycles: int) -> Samples:
        """The next commands of those that `look_ahead` has prepared."""
        begin, self._used = self._used, self._used + cycles
        asked, position, velocity, acceleration = (values[begin : self._used] for values in self._ahead)
        self._asked = asked
        self._commanded.accept(asked)
        if self._used >= len(self._ahead[0]):
            self.forget()
        return position, velocity, acceleration

    def _samples(self, times_s: Array) -> Samples:
        """The commands for these times, up to a violation; from there on, the stop."""
        try:
            position, velocity, acceleration = self._motion.sample(times_s)
        except StaleTargetError as e:
            self.alive = False
            self._modes.end_motion()
            self.stop(f"control node down: {e}")
            return self._motion.sample(times_s)
        except MotionRefused as e:
            last = self._commanded
            self._trip(e.violation, *((last.position_rad, last.velocity_rad_s) if self._judged else ()))
            return self._motion.sample(times_s)
        if self._absurd(position, velocity, acceleration):
            self._asked = position
            self._trip(NOT_A_NUMBER)
            return self._motion.sample(times_s)
        within = self._within(position), velocity, acceleration
        if not self._judging:
            return within
        violation = self._commanded.check(position)
        if violation is None:
            return within
        self._cycle += violation.index  # the stop begins at the violation
        self._trip(violation, self._commanded.position_rad, self._commanded.velocity_rad_s)
        self._cycle -= violation.index
        stop = self._motion.sample(times_s[violation.index :])
        self._asked = np.concatenate([position[: violation.index + 1], stop[0][1:]])  # with the refused one
        return tuple(np.concatenate([a[: violation.index], b]) for a, b in zip(within, stop, strict=True))  # type: ignore[return-value]

    def _absurd(self, position: Array, velocity: Array, acceleration: Array) -> bool:
        """Whether commands mean nothing, and before that no jump is one that a monitor calls by its name."""
        sane = [(np.abs(values) < ABSURD).all(axis=1) for values in (position, velocity, acceleration)]  # NaN is not
        far = ~np.logical_and.reduce(sane)
        if not far.any():
            return False
        jump = self._commanded.judge(position) if self._judging else None
        return jump is None or jump.index > int(np.argmax(far))

    def _judge(self, measured: list[tuple[Array, Array]], highest_rad_s: float) -> None:
        external_nm = self._arm.external_nm
        wrench = self._wrench = external_wrench(self._arm, self._model, self._settings.mounting)
        violation = self._settings.collisions.check(external_nm[None], wrench[None])
        if not self._measured.calm(measured[-1][0].tolist(), highest_rad_s, len(measured) / PHYSICS_RATE_HZ):
            position_rad, velocity_rad_s = (np.array(values) for values in zip(*measured, strict=True))
            violation = self._measured.check(position_rad, velocity_rad_s) or violation
        if violation is not None and not self._braked:
            self._trip(violation)

    def _trip(
        self, violation: Violation, position_rad: Array | None = None, velocity_rad_s: Array | None = None
    ) -> None:
        self._modes.trip(violation)
        if self._modes.mode is RobotMode.REFLEX:
            self.reflexes.append(violation)
            self.stop(violation.reason, position_rad, velocity_rad_s)
