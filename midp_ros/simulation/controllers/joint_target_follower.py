"""Franka's joint_follower_controller without ROS; imports core only."""

from __future__ import annotations

from enum import Enum

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError, MidpError
from midp_ros.simulation.controllers.synchronised_motion import SynchronisedMotion

TARGET_AGE_LIMIT_S = 0.5
# franka_follower_controllers moves to the first target at a fifth of these.
SYNC_SPEED_FACTOR = 0.2
SYNC_VELOCITY_RAD_S, SYNC_WRIST_VELOCITY_RAD_S, WRIST_FROM = SYNC_SPEED_FACTOR * 2.0, SYNC_SPEED_FACTOR * 2.5, 4
SYNC_ACCELERATION_RAD_S2 = SYNC_SPEED_FACTOR * 5.0


class FollowerState(Enum):
    """States as published on `~/state`."""

    INACTIVE = "INACTIVE"
    SYNCING = "SYNCING"
    FOLLOWING = "FOLLOWING"


class StaleTargetError(MidpError):
    """The newest joint target was stale while following, upon which the real controller ends its control node."""


class JointTargetFollower:
    """Follows a stream of joint targets as franka_follower_controllers' joint_follower_controller does (0.2.0, with
    `sync_after_activation`).

    After the first valid target the arm moves there from its position; then every target is passed on as it is, until
    the next one comes: **no filter, no interpolation, no limit**. The impedance turns these steps into a motion:
    tau = K (target - q) - D dq, with K = 240 240 240 240 100 60 20 Nm/rad and D = 20 20 20 10 10 10 5 Nm s/rad in the
    package's configuration. Desired velocities are therefore zero while following.

    A target is valid if its stamp, and the stamp before, are less than 0.5 s old. Without targets the arm holds, but
    the first target after a pause of half a second is fatal. All times, stamps too, are on one clock [s].
    """

    def __init__(self, joints: int):
        self.state = FollowerState.INACTIVE
        self._joints, self._rest_rad = joints, np.zeros(joints)
        wrist = np.arange(joints) >= WRIST_FROM
        self._sync_velocity_rad_s = np.where(wrist, SYNC_WRIST_VELOCITY_RAD_S, SYNC_VELOCITY_RAD_S)
        self._target_rad: Array | None = None
        self._valid = False
        self._stamp_s: float | None = None
        self._motion: SynchronisedMotion | None = None
        self._motion_start_s = 0.0

    @property
    def free(self) -> bool:
        """Whether it waits for its first target; the real one then commands no torque, and the arm can be guided."""
        return self.state is FollowerState.SYNCING and self._motion is None

    def activate(self, time_s: float, position_rad: Array) -> None:
        """Waits for a target at the measured position (joints,); an earlier target that is still valid, as in the real
        one, is approached at once."""
        self.state, self._motion, self._stamp_s = FollowerState.SYNCING, None, time_s
        self._rest_rad = np.array(position_rad, float)
        self._start(time_s, position_rad)

    def deactivate(self) -> None:
        """Releases the arm; targets are still received."""
        self.state = FollowerState.INACTIVE

    def accept(self, target_rad: Array, stamp_s: float, time_s: float, position_rad: Array) -> None:
        """Receives a target; targets before the first activation are ignored.

        Args:
            target_rad: at least one number for each joint, J1 first; more are ignored.
            position_rad: measured (joints,).

        Raises:
            CommandError: too few numbers, or not finite; the previous target stays.
        """
        if self._stamp_s is None:
            return
        target = np.asarray(target_rad, float)[: self._joints]
        if len(target) < self._joints:
            raise CommandError(f"joint target has {len(target)} positions, fewer than {self._joints}")
        if not np.isfinite(target).all():
            raise CommandError(f"joint target is not finite: {target.tolist()}")
        self._target_rad = target
        self._valid = max(time_s - self._stamp_s, time_s - stamp_s) < TARGET_AGE_LIMIT_S
        self._stamp_s = stamp_s
        if self.free:
            self._start(time_s, position_rad)

    def sample(self, times_s: Array) -> tuple[Array, Array, Array]:
        """Desired positions [rad], velocities [rad/s] and accelerations [rad/s^2] (times, joints).

        Raises:
            StaleTargetError: following, and the newest target was stale.
        """
        shape = (len(times_s), self._joints)
        if self._motion is None or self._target_rad is None:
            return np.tile(self._rest_rad, (len(times_s), 1)), np.zeros(shape), np.zeros(shape)
        synced = times_s - self._motion_start_s >= self._motion.duration_s
        if synced.any() and self.state is FollowerState.SYNCING:
            self.state = FollowerState.FOLLOWING
        if self.state is FollowerState.FOLLOWING and not self._valid:
            raise StaleTargetError("joint target is stale or unstamped, or came after half a second of silence")
        if synced.all():
            return np.tile(self._target_rad, (len(times_s), 1)), np.zeros(shape), np.zeros(shape)
        position, velocity, acceleration = self._motion.sample(times_s - self._motion_start_s)
        position[synced] = self._target_rad
        return position, velocity, acceleration

    def _start(self, time_s: float, position_rad: Array) -> None:
        if self._valid and self._target_rad is not None:
            acceleration_rad_s2 = np.full(self._joints, SYNC_ACCELERATION_RAD_S2)
            self._motion = SynchronisedMotion(
                position_rad, self._target_rad, self._sync_velocity_rad_s, acceleration_rad_s2
            )
            self._motion_start_s = time_s
