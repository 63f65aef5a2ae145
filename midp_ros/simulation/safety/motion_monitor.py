"""A monitor of the commanded joint positions at 1 kHz; imports kinematics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.kinematics.model import ArmModel
from midp_ros.kinematics.self_collision import SelfCollision
from midp_ros.simulation.safety.joint_motion import CYCLE_S, POSITION, ROUNDING_RAD, JointMotionLimits
from midp_ros.simulation.safety.tool_speed import tool_speed_violation
from midp_ros.simulation.safety.violation import Violation

# Cycles between two checks for self-collision: in 10 ms the tool moves by 3 cm at the most, half the safety distance.
SELF_COLLISION_EVERY = 10


class MotionMonitor:
    """Accepts commands until one is not allowed; remembers those accepted, however they were cut into batches.

    `start` comes first, and after every stop.

    Args:
        rounding_rad: to which a command is exact.
    """

    def __init__(self, model: ArmModel, rounding_rad: float = ROUNDING_RAD):
        self._model = model
        self._limits = JointMotionLimits(model.profile, rounding_rad)
        self._self_collision = SelfCollision(model)
        self.start(model.profile.ready_rad)

    def start(self, position_rad: Array) -> None:
        """Begins a motion at the arm's desired position (joints,), at rest."""
        self._recent_rad = np.tile(np.asarray(position_rad, float), (3, 1))
        self._cycle = 0

    @property
    def position_rad(self) -> Array:
        """The last accepted command (joints,): q_d."""
        return self._recent_rad[-1].copy()

    @property
    def velocity_rad_s(self) -> Array:
        """Its backward difference over 1 ms (joints,): dq_d."""
        return (self._recent_rad[-1] - self._recent_rad[-2]) / CYCLE_S

    @property
    def acceleration_rad_s2(self) -> Array:
        """Its second backward difference over 1 ms (joints,): ddq_d."""
        return (self._recent_rad[-1] - 2 * self._recent_rad[-2] + self._recent_rad[-3]) / CYCLE_S**2

    @property
    def _starting(self) -> bool:
        """Whether the next command is the motion's first."""
        return self._cycle == 0

    def check(self, position_rad: Array) -> Violation | None:
        """Judges commands (n, joints) [rad], one a millisecond, and accepts those before the first violation."""
        violation = self.judge(position_rad)
        self.accept(position_rad if violation is None else position_rad[: violation.index])
        return violation

    def accept(self, position_rad: Array) -> None:
        """Takes commands (n, joints) [rad] that `judge` has found to be allowed."""
        newest = position_rad[-3:]
        self._recent_rad = newest if len(newest) == 3 else np.concatenate((self._recent_rad, newest))[-3:]
        self._cycle += len(position_rad)

    def judge(self, position_rad: Array) -> Violation | None:
        """Judges commands (n, joints) [rad], one a millisecond, without accepting any."""
        if len(position_rad) == 0:
            return None
        finite = np.isfinite(position_rad)
        usable = len(position_rad) if finite.all() else int(np.argmin(finite.all(axis=1)))
        recent_rad = np.concatenate((self._recent_rad, position_rad[:usable]))
        violation = self._first_violation(recent_rad) if usable else None
        if violation is None and usable < len(position_rad):
            violation = self._not_finite(usable, finite[usable])
        return violation

    def _first_violation(self, recent_rad: Array) -> Violation | None:
        found = self._limits.first_violation(recent_rad)
        if found is not None and found.index == 0 and self._starting and POSITION not in found.errors:
            found = self._bad_start(found, recent_rad)
        judged = len(recent_rad) - 3 if found is None else found.index
        if judged:
            commands = recent_rad[3 : 3 + judged]
            velocity = (commands - recent_rad[2 : 2 + judged]) / CYCLE_S
            too_fast = tool_speed_violation(self._model, commands, velocity, "the tool was commanded to move at")
            found = too_fast or found
            found = self._self_collision_violation(commands[: too_fast.index] if too_fast else commands) or found
        return found

    def _self_collision_violation(self, commands: Array) -> Violation | None:
        for index in range(-(self._cycle + 1) % SELF_COLLISION_EVERY, len(commands), SELF_COLLISION_EVERY):
            if violation := self.self_collision(commands[index], index, "were commanded to come"):
                return violation
        return None

    def self_collision(self, position_rad: Array, index: int = 0, verb: str = "came") -> Violation | None:
        """Judges one position (joints,) by the distances between the links."""
        if (links := self._self_collision.touching(position_rad)) is None:
            return None
        apart_cm = 200 * self._self_collision.safety_distance_m
        reason = f"{links[0]} and {links[1]} {verb} closer than {apart_cm:g} cm"
        return Violation(index, frozenset({"self_collision_avoidance_violation"}), reason)

    def _bad_start(self, found: Violation, recent_rad: Array) -> Violation:
        """Franka's answer to a first command that does not continue from the last desired position."""
        jump = recent_rad[3] - recent_rad[2]
        joint = int(np.argmax(np.abs(jump)))
        reason = (
            f"{self._model.profile.joint_names[joint]}'s first command, {recent_rad[3, joint]:.6g} rad, is "
            f"{abs(jump[joint]):.3g} rad away from its desired position, {recent_rad[2, joint]:.6g} rad"
        )
        return Violation(0, frozenset({"joint_position_motion_generator_start_pose_invalid"}), reason)

    def _not_finite(self, index: int, finite: NDArray[np.bool_]) -> Violation:
        """libfranka refuses to send such a value, and the robot misses its commands."""
        name = self._model.profile.joint_names[int(np.argmin(finite))]
        reason = f"{name} was commanded to a position that is not a finite number"
        return Violation(index, frozenset({"communication_constraints_violation"}), reason)
