"""Action chunks and the joint trajectories made of them; imports numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ActionChunk:
    """Consecutive actions with the time that each belongs to.

    Action k is issued at `time_s + k * step_s` and is to be reached one step later.

    Attributes:
        actions: (steps, action_size), in the contract's order and units.
        time_s: when the first action is issued [s], on the observation's clock.
        step_s: duration of one control step [s].
    """

    actions: Array
    time_s: float
    step_s: float

    def __len__(self) -> int:
        return len(self.actions)

    def slice(self, start: int, stop: int) -> ActionChunk:
        """The actions start..stop-1, with their time."""
        return ActionChunk(self.actions[start:stop], self.time_s + start * self.step_s, self.step_s)


@dataclass(frozen=True)
class JointTrajectory:
    """Timed joint positions and velocities, interpolated as ros2_controllers' joint_trajectory_controller does.

    Attributes:
        time_s: (points,), strictly increasing [s].
        position_rad: (points, joints).
        velocity_rad_s: (points, joints).
    """

    time_s: Array
    position_rad: Array
    velocity_rad_s: Array

    def __post_init__(self) -> None:
        if not (len(self.time_s) == len(self.position_rad) == len(self.velocity_rad_s) > 0):
            raise ValueError("a joint trajectory needs as many times as positions and velocities, and at least one")
        if np.any(np.diff(self.time_s) <= 0):
            raise ValueError(f"a joint trajectory's times must increase, got {self.time_s.tolist()}")

    def sample(self, time_s: float | Array) -> tuple[Array, Array]:
        """Position [rad] and velocity [rad/s] at one or several times: a cubic spline, held outside its points."""
        t = self.time_s
        if len(t) == 1:
            shape = (*np.shape(time_s), self.position_rad.shape[1])
            return np.broadcast_to(self.position_rad[0], shape).copy(), np.zeros(shape)
        i = np.clip(np.searchsorted(t, time_s, side="right") - 1, 0, len(t) - 2)
        h = np.asarray(t[i + 1] - t[i])[..., None]
        s = np.clip(np.asarray(time_s - t[i])[..., None] / h, 0.0, 1.0)
        p0, p1 = self.position_rad[i], self.position_rad[i + 1]
        v0, v1 = self.velocity_rad_s[i] * h, self.velocity_rad_s[i + 1] * h
        c2, c3 = 3 * (p1 - p0) - 2 * v0 - v1, 2 * (p0 - p1) + v0 + v1
        velocity = (v0 + s * (2 * c2 + 3 * s * c3)) / h
        outside = np.asarray((time_s < t[0]) | (time_s > t[-1]))[..., None]
        return p0 + s * (v0 + s * (c2 + s * c3)), np.where(outside, 0.0, velocity)

    def starting_from(self, time_s: float, position_rad: Array, velocity_rad_s: Array) -> JointTrajectory:
        """This trajectory from `time_s` on, with the given state as its first point: a hand-over without a step."""
        later = self.time_s > time_s + 1e-9
        if not later.any():
            return JointTrajectory(
                np.array([time_s]), np.asarray(position_rad)[None], np.zeros_like(np.asarray(position_rad))[None]
            )
        return JointTrajectory(
            np.concatenate([[time_s], self.time_s[later]]),
            np.vstack([position_rad, self.position_rad[later]]),
            np.vstack([velocity_rad_s, self.velocity_rad_s[later]]),
        )


def central_velocities(time_s: Array, position_rad: Array, start_velocity_rad_s: Array) -> Array:
    """Velocities (points, joints) through points: central differences, given at the start, zero at the end."""
    velocity = np.zeros_like(position_rad)
    velocity[0] = start_velocity_rad_s
    if len(time_s) > 2:
        velocity[1:-1] = (position_rad[2:] - position_rad[:-2]) / (time_s[2:] - time_s[:-2])[:, None]
    return velocity
