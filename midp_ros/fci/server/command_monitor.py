"""The monitor of a client's commands, with the error names of each kind of motion; imports simulation's safety."""

from __future__ import annotations

from collections.abc import Mapping

from midp_ros.core.arrays import Array
from midp_ros.fci.wire.robot_packets import MotionGeneratorMode
from midp_ros.kinematics import ArmModel
from midp_ros.simulation.safety import MotionMonitor, Violation
from midp_ros.simulation.safety.joint_motion import ACCELERATION, CYCLE_S, JERK, POSITION, VELOCITY

# A client continues from the state, whose numbers are single: half a unit in the last place of 2 to 4 rad. Over 1 ms
# that is 2.4e-4 rad/s, 0.5 rad/s^2 and 950 rad/s^3 at the most.
SINGLE_RAD = 2.0**-23
_IN_SPACE = {
    POSITION: "cartesian_motion_generator_joint_position_limits_violation",
    VELOCITY: "cartesian_motion_generator_joint_velocity_limits_violation",
    ACCELERATION: "cartesian_motion_generator_joint_velocity_discontinuity",
    JERK: "cartesian_motion_generator_joint_acceleration_discontinuity",
}
NAMES: dict[MotionGeneratorMode, Mapping[str, str]] = {
    MotionGeneratorMode.CARTESIAN_POSITION: _IN_SPACE,
    MotionGeneratorMode.CARTESIAN_VELOCITY: _IN_SPACE,
}


class CommandMonitor(MotionMonitor):
    """Judges joint positions as simulation's monitor does, to the wire's precision.

    Attributes:
        mode: of the motion that is judged.
        first: whether the next command is the client's first, after a hold of any length.
    """

    def __init__(self, model: ArmModel):
        super().__init__(model, SINGLE_RAD)
        self.mode, self.first = MotionGeneratorMode.JOINT_POSITION, False

    def judge(self, position_rad: Array) -> Violation | None:
        """See MotionMonitor; the errors have the names of the motion's kind."""
        violation = super().judge(position_rad)
        names = NAMES.get(self.mode)
        if violation is None or names is None:
            return violation
        return Violation(violation.index, frozenset(names.get(e, e) for e in violation.errors), violation.reason)

    def extrapolated(self) -> Array:
        """The next position (joints,) at constant acceleration, as the robot bridges a lost command."""
        return self.position_rad + CYCLE_S * (self.velocity_rad_s + CYCLE_S * self.acceleration_rad_s2)

    @property
    def _starting(self) -> bool:
        return self.first

    def _bad_start(self, found: Violation, recent_rad: Array) -> Violation:
        if self.mode is MotionGeneratorMode.JOINT_POSITION:
            return super()._bad_start(found, recent_rad)
        return found
