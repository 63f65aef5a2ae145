"""Times of a rounded path: the jerk-limited motion along it (ruckig); imports core, control's limits and ruckig.

Lines are passed by ruckig's fastest motion within the limits along the line, roundings at a constant speed. Both are
polynomials of the time of a low degree, so that the quintics between the trajectory's points are the motion itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ruckig import InputParameter, Result, Ruckig, RuckigError, Trajectory

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.planning.request import NoMotionError
from midp_ros.planning.rounded_path import Corner, RoundedPath

# A full acceleration takes at least so long to build up, which spares the arm and costs as long for each ramp.
RAMP_S = 0.05
# Times of a node's clock have a resolution of 0.2 us; points closer than this make quintics that jerk by rounding.
CLOSEST_S = 0.005
LONGEST_S = 0.1  # between two points: a controller that is to leave the motion does so at one
# A quintic across a change of the jerk jerks this many times as hard (control.shaping.time_optimal).
JERK_SHARE = 1 / 2.18
VELOCITY_LOOKS = 20  # along a line, for limits that depend on the position
ROOM = 0.999  # of a line's length, that a change of speed may take


def timed(path: RoundedPath, model: ArmModel, limits: MotionLimits) -> JointTrajectory:
    """The motion along a path from rest to rest, from time 0 on.

    Raises:
        NoMotionError: a line leads to where a joint must not move.
    """
    acceleration = limits.acceleration_rad_s2
    jerk = np.minimum(JERK_SHARE * limits.jerk_rad_s3, acceleration / RAMP_S)
    lines = [_Line(path, number, model, limits, acceleration, jerk) for number in range(len(path.lengths_rad))]
    speeds = np.zeros(len(lines) + 1)  # at the lines' starts, and at the end
    for number, corner in enumerate(path.corners):
        ranges = limits.velocity_range(_looks(corner.position_rad, 2 * corner.half_rad)) if corner.half_rad else None
        velocity = limits.velocity_rad_s if ranges is None else np.minimum(-ranges[0], ranges[1]).min(axis=0)
        highest = corner.highest_speed(velocity, acceleration, jerk)
        speeds[number + 1] = min(highest, lines[number].speed, lines[number + 1].speed)
    for number, line in enumerate(lines):
        speeds[number + 1] = min(speeds[number + 1], line.fastest_from(speeds[number]))
    for number in reversed(range(len(lines))):
        speeds[number] = min(speeds[number], lines[number].fastest_from(speeds[number + 1]))
    points = _Points(path.waypoints_rad[0])
    for number, line in enumerate(lines):
        points.add_line(line, speeds[number], speeds[number + 1])
        if number < len(path.corners) and path.corners[number].half_rad:
            points.add_corner(path.corners[number], speeds[number + 1])
    return points.trajectory(path.waypoints_rad[-1])


class _Line:
    """The straight part of one line, with its limits along it."""

    def __init__(
        self, path: RoundedPath, number: int, model: ArmModel, limits: MotionLimits, acceleration: Array, jerk: Array
    ):
        before = path.corners[number - 1].half_rad if number else 0.0
        behind = path.corners[number].half_rad if number < len(path.corners) else 0.0
        self.direction = path.directions[number]
        self.start_rad = path.waypoints_rad[number] + before * self.direction
        self.length = float(path.lengths_rad[number]) - before - behind
        share = np.maximum(np.abs(self.direction), 1e-12)
        slowest, fastest = limits.velocity_range(_looks(lambda way: self.start_rad + way * self.direction, self.length))
        velocity = np.where(self.direction > 0, fastest, -slowest).min(axis=0)
        velocity[np.abs(self.direction) < 1e-9] = np.inf  # it stays
        if not velocity.all():
            joint = int(np.argmin(velocity))
            ends_rad = self.start_rad[joint], self.start_rad[joint] + self.length * self.direction[joint]
            raise NoMotionError(
                f"{model.profile.joint_names[joint]} cannot go from {ends_rad[0]:.4g} to {ends_rad[1]:.4g} rad: so "
                f"close to the end of its range the {model.profile.name}'s velocity limit is zero"
            )
        fraction = float((limits.velocity_rad_s / model.profile.velocity_max_rad_s).min())
        tool_speed = fraction * model.profile.tool_speed_max_m_s
        self.speed = float(min((velocity / share).min(), tool_speed / float(share @ model.lever_m)))
        self.acceleration, self.jerk = float((acceleration / share).min()), float((jerk / share).min())

    def fastest_from(self, speed: float) -> float:
        """The highest speed at one end from which, or to which, the speed at the other end can change."""
        low, high = speed, self.speed
        if self._needed(speed, high) <= ROOM * self.length:
            return high
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self._needed(speed, middle) <= ROOM * self.length else (low, middle)
        return low

    def _needed(self, one: float, other: float) -> float:
        """The way that a change of speed takes, with no acceleration at its ends."""
        change = abs(other - one)
        ramp_s = self.acceleration / self.jerk
        duration_s = change / self.acceleration + ramp_s
        if change < self.acceleration * ramp_s:
            duration_s = 2 * np.sqrt(change / self.jerk)
        return float((one + other) / 2 * duration_s)

    def profile(self, start: float, end: float) -> tuple[Array, Array]:
        """Ruckig's motion along the line: times of its pieces' ends, and there length, speed and acceleration (n, 3).

        Raises:
            NoMotionError: there is none.
        """
        wanted, found = InputParameter(1), Trajectory(1)
        wanted.current_velocity, wanted.target_position, wanted.target_velocity = [start], [self.length], [end]
        wanted.max_velocity = [max(self.speed, start, end)]
        wanted.max_acceleration, wanted.max_jerk = [self.acceleration], [self.jerk]
        try:
            done = Ruckig(1).calculate(wanted, found) in (Result.Working, Result.Finished)
        except (RuckigError, ValueError):  # the latter: a result that its own enumeration lacks
            done = False
        if not done:
            raise NoMotionError(f"ruckig finds no motion over {self.length:.3g} rad, {start:.3g} to {end:.3g} rad/s")
        whole = found.profiles[0][0]
        times_s = np.cumsum(whole.t)
        states = np.stack([np.array(values[1:]) for values in (whole.p, whole.v, whole.a)], axis=1)
        return times_s, states


class _Points:
    """Collects the trajectory's points."""

    def __init__(self, start_rad: Array):
        still = np.zeros_like(start_rad)
        self._time_s, self._rows = [0.0], [(start_rad, still, still)]
        self._passed_s = 0.0

    def add_line(self, line: _Line, start: float, end: float) -> None:
        times_s, states = line.profile(start, end)
        before_s, before = 0.0, np.array([0.0, start, 0.0])
        for time_s, state in zip(times_s, states, strict=True):
            piece_s = time_s - before_s
            jerk = (state[2] - before[2]) / piece_s if piece_s > 0 else 0.0
            steps = max(1, int(np.ceil(piece_s / LONGEST_S)))
            for step in range(1, steps + 1):
                t = piece_s * step / steps
                way, speed = before @ [1, t, t * t / 2] + jerk * t**3 / 6, before[1] + before[2] * t + jerk * t * t / 2
                row = line.start_rad + way * line.direction, speed * line.direction
                self._add(self._passed_s + before_s + t, (*row, (before[2] + jerk * t) * line.direction))
            before_s, before = time_s, state
        self._passed_s += float(times_s[-1])

    def add_corner(self, corner: Corner, speed: float) -> None:
        length = 2 * corner.half_rad
        duration_s = length / speed
        steps = max(1, int(np.ceil(duration_s / LONGEST_S)))
        for step in range(1, steps + 1):
            self._add(self._passed_s + duration_s * step / steps, corner.state(length * step / steps, speed))
        self._passed_s += duration_s

    def trajectory(self, goal_rad: Array) -> JointTrajectory:
        """Of all points; the last one is the goal at rest, exactly."""
        still = np.zeros_like(goal_rad)
        while len(self._time_s) > 1 and self._passed_s - self._time_s[-1] < CLOSEST_S:
            self._time_s.pop()
            self._rows.pop()
        times_s = np.array([*self._time_s, max(self._passed_s, self._time_s[-1] + CLOSEST_S)])
        rows = [*self._rows, (goal_rad, still, still)]
        return JointTrajectory(times_s, *(np.stack(values) for values in zip(*rows, strict=True)))

    def _add(self, time_s: float, row: tuple[Array, Array, Array]) -> None:
        if time_s - self._time_s[-1] >= CLOSEST_S:
            self._time_s.append(time_s)
            self._rows.append(row)


def _looks(curve: Callable[[float], Array], length: float) -> Array:
    """Joint positions (looks, joints) along a curve."""
    return np.stack([curve(way) for way in np.linspace(0.0, length, VELOCITY_LOOKS)])
