"""The arm in PyBullet: follows joint trajectories as a trajectory controller does; imports core and kinematics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.chunk import JointTrajectory
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.simulation.engine import Engine, pybullet

Array = NDArray[np.float64]
# Bullet's position motor closes this share of the error in every step of 1 ms: a time constant of 10 ms.
POSITION_GAIN = 0.1
VELOCITY_GAIN = 1.0


class Arm:
    """Seven position-controlled joints with the robot's torque limits."""

    def __init__(self, engine: Engine, body: int, profile: RobotProfile):
        self._client = engine.client
        self._body = body
        self._joints = engine.joint_indices(body, profile.joint_names)
        self._limits_rad = profile.position_min_rad, profile.position_max_rad
        self._torques = profile.torque_max_nm.tolist()
        self._gains = [POSITION_GAIN] * len(self._joints)
        self._velocity_gains = [VELOCITY_GAIN] * len(self._joints)
        self._set_motors = engine.client.setJointMotorControlArray  # looked up once
        self._trajectory: JointTrajectory | None = None
        self.desired_rad = np.zeros(len(self._joints))
        self.desired_rad_s = np.zeros(len(self._joints))

    def place(self, position_rad: Array) -> None:
        """Puts the joints there, at rest."""
        for joint, q in zip(self._joints, position_rad, strict=True):
            self._client.resetJointState(self._body, joint, q, 0.0)
        self._trajectory = None
        self.desired_rad = np.array(position_rad, float)
        self.desired_rad_s = np.zeros(len(self._joints))
        self._drive()

    def follow(self, trajectory: JointTrajectory, time_s: float) -> None:
        """Replaces the running trajectory from the current desired state on."""
        self._trajectory = trajectory.starting_from(time_s, self.desired_rad, self.desired_rad_s)

    def plan(self, times_s: Array) -> tuple[Array, Array]:
        """Desired positions [rad] and velocities [rad/s] at the given times (times, 7); without one it holds."""
        if self._trajectory is not None and times_s[0] > self._trajectory.time_s[-1]:
            self._trajectory = None
        if self._trajectory is None:
            return np.tile(self.desired_rad, (len(times_s), 1)), np.zeros((len(times_s), len(self._joints)))
        position_rad, velocity_rad_s = self._trajectory.sample(times_s)
        return position_rad.clip(*self._limits_rad), velocity_rad_s

    def drive(self, desired_rad: Array, desired_rad_s: Array) -> None:
        """Sets the motors' targets."""
        self.desired_rad, self.desired_rad_s = desired_rad, desired_rad_s
        self._drive()

    def state(self) -> tuple[Array, Array, Array]:
        """Measured joint positions [rad], velocities [rad/s] and motor torques [Nm], each (7,)."""
        states = self._client.getJointStates(self._body, self._joints)
        return tuple(np.array([s[i] for s in states]) for i in (0, 1, 3))  # type: ignore[return-value]

    def _drive(self) -> None:
        self._set_motors(
            self._body,
            self._joints,
            pybullet.POSITION_CONTROL,
            targetPositions=self.desired_rad.tolist(),
            targetVelocities=self.desired_rad_s.tolist(),
            forces=self._torques,
            positionGains=self._gains,
            velocityGains=self._velocity_gains,
        )
