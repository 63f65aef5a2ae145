"""The arm in PyBullet: torque-limited joint impedance at 1 kHz, as a Franka's own controller; imports kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics import ArmDynamics, ArmModel
from midp_ros.kinematics.linear import is_positive_definite
from midp_ros.simulation.engine import PHYSICS_RATE_HZ, Engine, pybullet

STIFFEST_SHARE = 0.1  # of inertia / dt^2, where explicit integration would begin to swing
# Of inertia / dt, in damping: from 2 on explicit integration swings at 1 kHz up to the torque limits, as joint 3 of a
# stretched arm did, which nearly lacks inertia about its own axis. The motors' inertia keeps a real arm from that.
STEADY_SHARE = 1.7
SURELY = 1 - 1e-6  # far beyond the rounding of Cholesky factors
STEADY_EVERY = 20  # milliseconds between two looks at the inertia: in them a joint turns by 0.1 rad at most
EXTERNAL_FILTER_S = 0.01  # time constant of the estimated external torque
MOST_UNEXPLAINED = 50  # milliseconds that wait for the estimate


class Arm:
    """Torque-controlled joints: `drive`, a physics step, then `read`, a thousand times a second.

    What a millisecond costs is here: seven joints are calculated faster as plain numbers than as arrays, `zip` takes
    half the time where it is not strict, and the external torque is estimated when it is asked for.

    Attributes:
        position_rad, velocity_rad_s: measured (joints,).
        desired_rad, desired_rad_s, desired_rad_s2: commanded last (joints,).
        explained: what the last external wrench was computed from, and it; see state_report.
        wrench: force [N] and torque [Nm] (6,) applied to the tool from outside, in the base's axes, or None.
    """

    def __init__(self, engine: Engine, body: int, model: ArmModel, dynamics: ArmDynamics):
        self._client, self._body, self._model, self._dynamics = engine.client, body, model, dynamics
        profile = model.profile
        self._joints = engine.joint_indices(body, profile.joint_names)
        self._most = profile.torque_max_nm.tolist()
        self._limits_rad = profile.position_min_rad, profile.position_max_rad
        self._joint_states = engine.client.getJointStates  # looked up once: called a thousand times a second
        self._set_motors, self._torque_of = engine.client.setJointMotorControlArray, dynamics.torque
        for link in range(-1, engine.client.getNumJoints(body)):
            engine.client.changeDynamics(body, link, linearDamping=0.0, angularDamping=0.0, jointDamping=0.0)
        self.set_friction(None)  # Bullet brakes every joint by a motor of its own unless it is switched off
        self.wrench: Array | None = None
        self.explained: tuple[tuple[Array | None, ...], Array] = ((None, None, None), np.zeros(6))
        self.set_stiffness(profile.stiffness_nm_rad)
        self.place(profile.ready_rad)

    def set_stiffness(self, stiffness_nm_rad: Array) -> None:
        """Joint stiffness (joints,) with damping to match, as far as this model stays stable at 1 kHz."""
        profile = self._model.profile
        mass = self._dynamics.mass_matrix(profile.ready_rad)
        stiffest = STIFFEST_SHARE / np.diag(np.linalg.inv(mass)) * PHYSICS_RATE_HZ**2
        self.stiffness_nm_rad = np.minimum(stiffness_nm_rad, stiffest)
        self.damping_nm_s_rad = profile.damping_nm_s_rad * np.sqrt(self.stiffness_nm_rad / profile.stiffness_nm_rad)
        self._full_gains, self._steady_for = self._with_damping(self.damping_nm_s_rad), 0
        self._ample_kg_m2 = np.diag(self.damping_nm_s_rad / (SURELY * STEADY_SHARE * PHYSICS_RATE_HZ))

    def set_friction(self, friction_nm: Array | None) -> None:
        """Dry friction of the joints (joints,) from now on, beyond their torque sensors; None: none.

        The robot's own controllers make up for theirs. A motor that aims at standstill is friction that can also hold.
        """
        forces = np.zeros(len(self._joints)) if friction_nm is None else friction_nm
        self._set_motors(
            self._body,
            self._joints,
            pybullet.VELOCITY_CONTROL,
            targetVelocities=[0.0] * len(self._joints),
            forces=forces.tolist(),
        )

    def place(self, position_rad: Array) -> None:
        """Sets the joint positions, at rest."""
        for joint, q in zip(self._joints, position_rad, strict=True):
            self._client.resetJointState(self._body, joint, q, 0.0)
        zero, self._steady_for = np.zeros(len(self._joints)), 0
        self.position_rad, self.velocity_rad_s = np.array(position_rad, float), zero
        self._position, self._velocity = tuple(self.position_rad.tolist()), tuple(zero.tolist())
        self.desired_rad, self.desired_rad_s, self.desired_rad_s2 = self.position_rad, zero, zero
        self.external_nm = zero
        self._torque = self._torque_before = self._dynamics.torque(self.position_rad, zero, zero).tolist()

    def carry(self, state: Array, shown: bool) -> None:
        """Takes positions, velocities and accelerations (3, joints) as commanded and as measured, without physics.

        Args:
            shown: whether the engine's links move along, for its contacts and pictures.
        """
        self.desired_rad, self.desired_rad_s, self.desired_rad_s2 = state
        self.position_rad, self.velocity_rad_s = self.desired_rad, self.desired_rad_s
        if shown:
            for joint, q in zip(self._joints, self.position_rad.tolist(), strict=True):
                self._client.resetJointState(self._body, joint, q, 0.0)

    def drive(self, desired_rad: Array, desired_rad_s: Array, desired_rad_s2: Array) -> None:
        """Sets the torques for the next millisecond.

        tau = M(q) ddq_d + C(q, dq) dq + g(q) + K (q_d - q) + D (dq_d - dq), each joint within its torque limit.
        """
        self.desired_rad, self.desired_rad_s, self.desired_rad_s2 = desired_rad, desired_rad_s, desired_rad_s2
        self.command(desired_rad.tolist(), desired_rad_s.tolist(), desired_rad_s2)

    def command(self, desired_rad: list[float], desired_rad_s: list[float], desired_rad_s2: Array) -> None:
        """As `drive`, but leaves it to the caller to set what is desired."""
        if self._steady_for == 0:
            self._steady()
        self._steady_for -= 1
        free = self._torque_of(self.position_rad, self.velocity_rad_s, desired_rad_s2).tolist()
        joints = zip(free, desired_rad, self._position, desired_rad_s, self._velocity, self._gains, strict=False)
        torque = [
            t if -m <= (t := f + k * (q_d - q) + d * (dq_d - dq)) <= m else m if t > m else -m if t < -m else t
            for f, q_d, q, dq_d, dq, (k, d, m) in joints
        ]
        self.apply(torque)

    def apply(self, torque: list[float]) -> None:
        """Sets the torques [Nm] for the next millisecond, one for each joint and each within its limit."""
        self._torque_before, self._torque = self._torque, torque
        if self.wrench is not None:
            torque = (np.array(torque) + self._model.jacobian(self.position_rad).T @ self.wrench).tolist()
        self._set_motors(self._body, self._joints, pybullet.TORQUE_CONTROL, forces=torque)

    def _steady(self) -> None:
        """Less damping where this posture's inertia is too small for all of it.

        The share of it that may stay is STEADY_SHARE over the highest eigenvalue of M^-1 D / rate. That is all of it
        where M - D / (STEADY_SHARE rate) is positive definite, which takes a tenth of the time to see.
        """
        mass, self._steady_for = self._dynamics.mass_matrix(self.position_rad), STEADY_EVERY
        if is_positive_definite(mass - self._ample_kg_m2):
            self._gains = self._full_gains
            return
        root = np.sqrt(self.damping_nm_s_rad / PHYSICS_RATE_HZ)
        highest = float(np.linalg.eigvalsh(root[:, None] * np.linalg.inv(mass) * root)[-1])
        self._gains = self._with_damping(STEADY_SHARE / max(highest, STEADY_SHARE) * self.damping_nm_s_rad)

    def _with_damping(self, damping_nm_s_rad: Array) -> list[tuple[float, float, float]]:
        """Stiffness, damping and highest torque of each joint."""
        return list(zip(self.stiffness_nm_rad.tolist(), damping_nm_s_rad.tolist(), self._most, strict=True))

    @property
    def torque_nm(self) -> Array:
        """Commanded torques (joints,), which are also what the joints' torque sensors would measure."""
        return np.array(self._torque)

    @property
    def torque_rate_nm_s(self) -> Array:
        """Change of the torques in the last millisecond (joints,)."""
        return (self.torque_nm - np.array(self._torque_before)) * PHYSICS_RATE_HZ

    @property
    def highest_rad_s(self) -> float:
        """Speed of the fastest joint."""
        return max(max(self._velocity), -min(self._velocity))

    def yield_to_force(self) -> None:
        """Sets the torques of guiding: weightless and damped, stiff only against the joint limits."""
        self.drive(
            self.position_rad.clip(*self._limits_rad),
            np.zeros_like(self.position_rad),
            np.zeros_like(self.position_rad),
        )

    def read(self) -> None:
        """Measures after a physics step."""
        before_rad, before_rad_s = self.position_rad, self.velocity_rad_s
        self._position, self._velocity, _, _ = zip(*self._joint_states(self._body, self._joints), strict=False)
        self.position_rad, self.velocity_rad_s = np.array(self._position), np.array(self._velocity)
        self._unexplained.append((self._torque, before_rad, before_rad_s, self.velocity_rad_s))
        if len(self._unexplained) >= MOST_UNEXPLAINED:
            self._explain()

    @property
    def external_nm(self) -> Array:
        """Estimated external torque, filtered (joints,); positive for what the robot exerts, as in libfranka."""
        self._explain()
        return self._external_nm

    @external_nm.setter
    def external_nm(self, torque_nm: Array) -> None:
        self._external_nm = torque_nm
        self._unexplained: list[tuple[list[float], Array, Array, Array]] = []

    def _explain(self) -> None:
        """Torques that do not explain the motion are external."""
        if not self._unexplained:
            return
        torque_nm, position_rad, before_rad_s, after_rad_s = zip(*self._unexplained, strict=True)
        acceleration_rad_s2 = (np.array(after_rad_s) - np.array(before_rad_s)) * PHYSICS_RATE_HZ
        share = 1.0 / (EXTERNAL_FILTER_S * PHYSICS_RATE_HZ)
        external = self._external_nm.tolist()
        for applied, *motion in zip(torque_nm, position_rad, before_rad_s, acceleration_rad_s2, strict=False):
            joints = zip(external, applied, self._torque_of(*motion).tolist(), strict=False)
            external = [old + share * (new - explained - old) for old, new, explained in joints]
        self.external_nm = np.array(external)
