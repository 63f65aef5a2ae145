"""The arm in PyBullet: torque-limited joint impedance at 1 kHz, as a Franka's own controller; imports kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics import ArmDynamics, ArmModel
from midp_ros.simulation.engine import PHYSICS_RATE_HZ, Engine, pybullet

STIFFEST_SHARE = 0.1  # of inertia / dt^2, where explicit integration would begin to swing
EXTERNAL_FILTER_S = 0.01  # time constant of the estimated external torque


class Arm:
    """Torque-controlled joints: `drive`, a physics step, then `read`, a thousand times a second.

    Attributes:
        position_rad, velocity_rad_s: measured (joints,).
        torque_nm: commanded (joints,), which is also what the joints' torque sensors would measure.
        external_nm: estimated external torque, filtered (joints,); positive for what the robot exerts, as in libfranka.
        desired_rad, desired_rad_s, desired_rad_s2: commanded last (joints,).
        wrench: force [N] and torque [Nm] (6,) applied to the tool from outside, in the base's axes, or None.
    """

    def __init__(self, engine: Engine, body: int, model: ArmModel, dynamics: ArmDynamics):
        self._client, self._body, self._model, self._dynamics = engine.client, body, model, dynamics
        profile = model.profile
        self._joints = engine.joint_indices(body, profile.joint_names)
        self._torque_max_nm = profile.torque_max_nm
        self._limits_rad = profile.position_min_rad, profile.position_max_rad
        self._joint_states = engine.client.getJointStates  # looked up once: called a thousand times a second
        self._set_motors = engine.client.setJointMotorControlArray
        for link in range(-1, engine.client.getNumJoints(body)):
            engine.client.changeDynamics(body, link, linearDamping=0.0, angularDamping=0.0, jointDamping=0.0)
        for joint in self._joints:  # Bullet brakes every joint by a motor of its own unless it is switched off
            engine.client.setJointMotorControl2(body, joint, pybullet.VELOCITY_CONTROL, force=0.0)
        self.wrench: Array | None = None
        self.set_stiffness(profile.stiffness_nm_rad)
        self.place(profile.ready_rad)

    def set_stiffness(self, stiffness_nm_rad: Array) -> None:
        """Joint stiffness (joints,) with damping to match, as far as this model stays stable at 1 kHz."""
        profile = self._model.profile
        mass = self._dynamics.mass_matrix(profile.ready_rad)
        stiffest = STIFFEST_SHARE / np.diag(np.linalg.inv(mass)) * PHYSICS_RATE_HZ**2
        self.stiffness_nm_rad = np.minimum(stiffness_nm_rad, stiffest)
        self.damping_nm_s_rad = profile.damping_nm_s_rad * np.sqrt(self.stiffness_nm_rad / profile.stiffness_nm_rad)

    def place(self, position_rad: Array) -> None:
        """Sets the joint positions, at rest."""
        for joint, q in zip(self._joints, position_rad, strict=True):
            self._client.resetJointState(self._body, joint, q, 0.0)
        zero = np.zeros(len(self._joints))
        self.position_rad, self.velocity_rad_s = np.array(position_rad, float), zero
        self.desired_rad, self.desired_rad_s, self.desired_rad_s2 = self.position_rad, zero, zero
        self.external_nm = zero
        self.torque_nm = self._torque_before_nm = self._dynamics.torque(self.position_rad, zero, zero).copy()

    def drive(self, desired_rad: Array, desired_rad_s: Array, desired_rad_s2: Array) -> None:
        """Sets the torques for the next millisecond.

        tau = M(q) ddq_d + C(q, dq) dq + g(q) + K (q_d - q) + D (dq_d - dq), each joint within its torque limit.
        """
        self.desired_rad, self.desired_rad_s, self.desired_rad_s2 = desired_rad, desired_rad_s, desired_rad_s2
        torque = self._dynamics.torque(self.position_rad, self.velocity_rad_s, desired_rad_s2)
        torque = torque + self.stiffness_nm_rad * (desired_rad - self.position_rad)
        torque += self.damping_nm_s_rad * (desired_rad_s - self.velocity_rad_s)
        np.minimum(torque, self._torque_max_nm, out=torque)
        np.maximum(torque, -self._torque_max_nm, out=torque)
        self._torque_before_nm, self.torque_nm = self.torque_nm, torque
        if self.wrench is not None:
            torque = torque + self._model.jacobian(self.position_rad).T @ self.wrench
        self._set_motors(self._body, self._joints, pybullet.TORQUE_CONTROL, forces=torque.tolist())

    @property
    def torque_rate_nm_s(self) -> Array:
        """Change of the torques in the last millisecond (joints,)."""
        return (self.torque_nm - self._torque_before_nm) * PHYSICS_RATE_HZ

    def yield_to_force(self) -> None:
        """Sets the torques of guiding: weightless and damped, stiff only against the joint limits."""
        self.drive(
            self.position_rad.clip(*self._limits_rad),
            np.zeros_like(self.position_rad),
            np.zeros_like(self.position_rad),
        )

    def read(self) -> None:
        """Measures after a physics step; torques that do not explain the motion are external."""
        position, velocity, _, _ = zip(*self._joint_states(self._body, self._joints), strict=True)
        new_velocity_rad_s = np.array(velocity)
        acceleration_rad_s2 = (new_velocity_rad_s - self.velocity_rad_s) * PHYSICS_RATE_HZ
        explained = self._dynamics.torque(self.position_rad, self.velocity_rad_s, acceleration_rad_s2)
        share = 1.0 / (EXTERNAL_FILTER_S * PHYSICS_RATE_HZ)
        self.external_nm = self.external_nm + share * (self.torque_nm - explained - self.external_nm)
        self.position_rad, self.velocity_rad_s = np.array(position), new_velocity_rad_s
