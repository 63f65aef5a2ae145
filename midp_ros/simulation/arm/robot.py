"""A Franka arm as its clients see it: controllers, modes, settings and state, composed of manager and loop; no ROS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.robot_mode import RobotMode
from midp_ros.kinematics import ArmDynamics, ArmModel
from midp_ros.simulation.arm.arm import Arm
from midp_ros.simulation.arm.arm_state import ArmState
from midp_ros.simulation.arm.control_loop import ControlLoop
from midp_ros.simulation.arm.controller_manager import DEAD_CONTROL, ControllerManager
from midp_ros.simulation.arm.observer import ArmObserver
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.arm.robot_settings import RobotSettings
from midp_ros.simulation.arm.state_report import state_report
from midp_ros.simulation.safety import ModeError, RobotModes, Violation

RECOVERY_S = 0.5  # how long automatic error recovery takes here; the real one opens its brakes
AT_REST_RAD_S = 0.1  # before that no recovery ends


class Robot(ControllerManager):
    """One arm: its controllers, which commands are given to, and the requests that change its mode.

    Attributes:
        modes: mode and errors.
        settings: what /service_server sets.
    """

    def __init__(self, arm: Arm, model: ArmModel, dynamics: ArmDynamics, options: RobotOptions):
        self.modes = RobotModes()
        self.settings = RobotSettings(arm, model, dynamics, self.modes)
        loop = ControlLoop(arm, model, self.settings, self.modes, options.reflexes, self._on_stop)
        super().__init__(arm, model, self.settings, self.modes, loop, options)
        self._recovered_s: float | None = None
        self.activate(options.controller)

    def attach_observer(self, observer: ArmObserver | None) -> None:
        """Shows an observer everything from now on; None: nothing any more."""
        self._observer = self._loop.observer = observer

    @property
    def time_s(self) -> float:
        """Time since this robot started."""
        return self._loop.time_s

    @property
    def alive(self) -> bool:
        """Whether the control node lives; a stale joint target ends it."""
        return self._loop.alive

    @property
    def reflexes(self) -> list[Violation]:
        """Violations that stopped the arm, oldest first."""
        return self._loop.reflexes

    @property
    def recovering(self) -> bool:
        """Whether error recovery is still under way."""
        return self._recovered_s is not None

    def recover(self) -> None:
        """Begins automatic error recovery; raises ModeError where the robot would refuse it."""
        if not self.alive:
            raise ModeError(DEAD_CONTROL)
        self.modes.recover()
        self.settings.collisions.reset()
        self._recovered_s = self.time_s + RECOVERY_S

    def press_user_stop(self, pressed: bool) -> None:
        """The black button: pressed, it stops the arm; released, the arm can be commanded again."""
        if pressed:
            self.modes.press_user_stop()
            self._loop.stop("user stop pressed")
        else:
            self.modes.release_user_stop()
            self.reactivate()

    def guide(self, guided: bool) -> None:
        """Lets a person drag the arm, or holds it where it is again; raises ModeError."""
        if guided:
            self.modes.start_guiding()
        elif self.modes.mode is RobotMode.GUIDING:
            self.modes.stop_guiding()
            self._loop.hold()

    def push(self, wrench: Array | None) -> None:
        """A person's force [N] and torque [Nm] (6,) on the tool from now on, in the base's axes; None for none."""
        self._loop.push(wrench)
        if self._observer is not None:
            self._observer.happened(self.time_s, "push", "" if wrench is None else " ".join(f"{x:g}" for x in wrench))

    def look_ahead(self, cycles: int) -> None:
        """Prepares the commands of the next milliseconds, in which no other command will come; see ControlLoop."""
        self._loop.look_ahead(cycles)

    def advance(self, cycles: int, step: Callable[[], None]) -> Array:
        """Lets milliseconds pass; `step` is the physics. Returns the commanded positions (cycles, joints) [rad]."""
        left, parts = cycles, [np.empty((0, self._model.profile.joints))]
        while left > 0:
            parts.append(self._loop.run(left, step))
            left -= len(parts[-1])
            self.settle()
            self._end_recovery()
        return np.concatenate(parts)

    @property
    def commanded_torque_nm(self) -> Array:
        """Commanded, without gravity (joints,) [Nm]."""
        return self.settings.without_gravity(self._arm.torque_nm)

    def state(self) -> ArmState:
        """Everything that the robot reports about itself."""
        return state_report(self._arm, self._model, self.settings, self.modes, self.time_s)

    def _end_recovery(self) -> None:
        if self._recovered_s is None or self.time_s < self._recovered_s:
            return
        if np.abs(self._arm.velocity_rad_s).max() < AT_REST_RAD_S:
            self._recovered_s = None
            self.modes.recovered()
            self.reactivate()

    def _on_stop(self, reason: str) -> None:
        self._recovered_s = None
        if self._observer is not None:
            self._observer.stopped(self.time_s, reason, self.modes.current_errors)
        self.let_go(reason)
