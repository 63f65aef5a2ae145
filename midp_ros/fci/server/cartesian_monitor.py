"""Limits on a commanded pose, its differences over 1 ms, and those of the elbow; imports kinematics and safety."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, magnitude, matrix_from_rotation_vector, rotation_vector
from midp_ros.fci.server.command_monitor import SINGLE_RAD
from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.arm.motions import MotionRefused
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.safety.joint_motion import CYCLE_S

START = "cartesian_position_motion_generator_start_pose_invalid"
# Per difference: error, and what is wrong.
DIFFERENCES = (
    ("cartesian_motion_generator_velocity_limits_violation", "move at", ("m/s", "rad/s")),
    ("cartesian_motion_generator_velocity_discontinuity", "accelerate by", ("m/s^2", "rad/s^2")),
    ("cartesian_motion_generator_acceleration_discontinuity", "jerk by", ("m/s^3", "rad/s^3")),
)
# By how much the single precision of the state that a client continues from shows in each difference: 2^-24 m or rad.
ROUNDING = tuple(factor * SINGLE_RAD / 2 / CYCLE_S**order for order, factor in ((1, 2), (2, 4), (3, 8)))
_SMALL_TURN = 2.99  # trace of a rotation by less than 0.1 rad


class CartesianMonitor:
    """Judges poses and remembers those accepted, with their differences.

    Args:
        pose: of the end effector at the start, at rest.
        named_start: whether a first pose that is elsewhere is an error of its own.

    Attributes:
        begun: whether a client has commanded a pose; before, it is held.
        twist, acceleration: of the last pose in the base's axes (6,), linear first.
        elbow_rad, elbow_rad_s, elbow_rad_s2: of the elbow's joint.
    """

    def __init__(self, profile: RobotProfile, pose: Pose, elbow_rad: float, named_start: bool):
        limits = profile.cartesian
        self._translation, self._rotation, self._elbow = limits.translation, limits.rotation, limits.elbow
        self._named_start, self.begun = named_start, False
        self.pose, self.twist, self.acceleration = pose, np.zeros(6), np.zeros(6)
        self.elbow_rad, self.elbow_rad_s, self.elbow_rad_s2 = elbow_rad, 0.0, 0.0
        self._elbow_begun = False

    def accept(self, pose: Pose, elbow_rad: float) -> None:
        """Takes the next pose; raises MotionRefused."""
        moved = np.concatenate((pose.position_m - self.pose.position_m, _turn(pose.rotation @ self.pose.rotation.T)))
        twist = moved / CYCLE_S
        acceleration = (twist - self.twist) / CYCLE_S
        jerk = (acceleration - self.acceleration) / CYCLE_S
        self._judge((twist, acceleration, jerk))
        self._take(pose, twist, acceleration, elbow_rad)

    def judge_elbow(self, elbow_rad: float) -> None:
        """Judges a commanded position of the elbow's joint; raises MotionRefused."""
        velocity = (elbow_rad - self.elbow_rad) / CYCLE_S
        acceleration = (velocity - self.elbow_rad_s) / CYCLE_S
        jerk = (acceleration - self.elbow_rad_s2) / CYCLE_S
        good = all(
            abs(value) <= limit + room
            for value, limit, room in zip((velocity, acceleration, jerk), self._elbow, ROUNDING, strict=True)
        )
        if not good:
            error = "elbow_limit_violation" if self._elbow_begun else "start_elbow_invalid"
            raise MotionRefused(
                Violation(
                    0,
                    frozenset({f"cartesian_motion_generator_{error}"}),
                    f"the elbow was commanded from {self.elbow_rad:.6g} to {elbow_rad:.6g} rad: {velocity:.4g} rad/s, "
                    f"{acceleration:.4g} rad/s^2, {jerk:.4g} rad/s^3; the limits are "
                    f"{', '.join(f'{x:g}' for x in self._elbow)}",
                )
            )
        self._elbow_begun = True

    def extrapolate(self) -> tuple[Pose, float]:
        """The next pose and elbow at constant acceleration, taken without a judgement."""
        twist = self.twist + CYCLE_S * self.acceleration
        turned = matrix_from_rotation_vector(CYCLE_S * twist[3:]) @ self.pose.rotation
        pose = Pose(self.pose.position_m + CYCLE_S * twist[:3], turned)
        elbow_rad = self.elbow_rad + CYCLE_S * (self.elbow_rad_s + CYCLE_S * self.elbow_rad_s2)
        self._take(pose, twist, self.acceleration, elbow_rad)
        return pose, elbow_rad

    def _take(self, pose: Pose, twist: Array, acceleration: Array, elbow_rad: float) -> None:
        self.pose, self.twist, self.acceleration = pose, twist, acceleration
        velocity = (elbow_rad - self.elbow_rad) / CYCLE_S
        self.elbow_rad_s2 = (velocity - self.elbow_rad_s) / CYCLE_S
        self.elbow_rad, self.elbow_rad_s = elbow_rad, velocity

    def _judge(self, differences: tuple[Array, Array, Array]) -> None:
        errors, reason = set(), ""
        for i, (error, verb, units) in enumerate(DIFFERENCES):
            for values, limit, unit in (
                (differences[i][:3], self._translation[i], units[0]),
                (differences[i][3:], self._rotation[i], units[1]),
            ):
                size = magnitude(values)
                if not size <= limit + ROUNDING[i]:
                    errors.add(error)
                    reason = reason or (
                        f"the end effector was commanded to {verb} {size:.6g} {unit}; the limit is {limit:g} {unit}"
                    )
        if errors:
            if self._named_start and not self.begun:
                errors = {START}
            raise MotionRefused(Violation(0, frozenset(errors), reason))


def _turn(rotation: Array) -> Array:
    """Rotation vector (3,) of a rotation matrix; a small one from its sine, which is exact where 1 - cos is not."""
    if rotation[0, 0] + rotation[1, 1] + rotation[2, 2] < _SMALL_TURN:
        return rotation_vector(rotation)
    sine = np.array((rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]))
    sine *= 0.5
    size = magnitude(sine)
    return sine if size < 1e-12 else sine * (np.arcsin(size) / size)
