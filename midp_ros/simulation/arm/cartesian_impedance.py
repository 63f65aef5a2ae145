"""Cartesian impedance of the tool: the torques of Franka's other internal controller; imports kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics import ArmDynamics, ArmModel
from midp_ros.simulation.arm.arm import STEADY_EVERY, STIFFEST_SHARE, Arm
from midp_ros.simulation.engine import PHYSICS_RATE_HZ

DEFAULT_STIFFNESS = (3000.0, 3000.0, 3000.0, 300.0, 300.0, 300.0)  # [N/m], [Nm/rad]: top of libfranka's range
ELBOW_STIFFNESS_NM_RAD = 20.0  # of the motion that leaves the tool where it is
DAMPING_RATIO = 1.0
FASTEST_RAD_S = np.sqrt(STIFFEST_SHARE) * PHYSICS_RATE_HZ  # beyond, explicit integration would begin to swing


class CartesianImpedance:
    """Torques that hold the tool by springs in space: tau = M ddq_d + C dq + g + K (q_d - q) + D (dq_d - dq).

    K = J^T K_x J, which is Cartesian impedance for small errors, with little stiffness of the elbow; D damps each of
    the modes of M and K critically. Both are renewed as the posture changes. Modes that are too stiff for this model at
    1 kHz are softened, as in `Arm`.

    Args:
        stiffness: K_x (6,), translation [N/m] first, along the stiffness frame's axes.
        frame: rotation (3, 3) of the stiffness frame in the tool's.
    """

    def __init__(self, arm: Arm, model: ArmModel, dynamics: ArmDynamics, stiffness: Array, frame: Array):
        self._arm, self._model, self._dynamics = arm, model, dynamics
        self._stiffness, self._frame = np.asarray(stiffness, float), frame
        self._most_nm = model.profile.torque_max_nm
        self._left = 0

    def command(self, desired_rad: list[float], desired_rad_s: list[float], desired_rad_s2: Array) -> None:
        """Sets the torques for the next millisecond; see `Arm.command`."""
        arm = self._arm
        if self._left == 0:
            self._renew()
        self._left -= 1
        torque = self._dynamics.torque(arm.position_rad, arm.velocity_rad_s, desired_rad_s2)
        torque = torque + self._k @ (desired_rad - arm.position_rad) + self._d @ (desired_rad_s - arm.velocity_rad_s)
        arm.apply(torque.clip(-self._most_nm, self._most_nm).tolist())

    def _renew(self) -> None:
        q = self._arm.position_rad
        jacobian, axes = self._model.jacobian(q), self._model.forward(q).rotation @ self._frame
        turned = np.concatenate((axes.T @ jacobian[:3], axes.T @ jacobian[3:]))
        free = np.eye(len(q)) - np.linalg.pinv(jacobian) @ jacobian
        stiffness = turned.T @ (self._stiffness[:, None] * turned) + ELBOW_STIFFNESS_NM_RAD * free
        root = np.linalg.cholesky(self._dynamics.mass_matrix(q))
        inverse = np.linalg.inv(root)
        squared, modes = np.linalg.eigh(inverse @ stiffness @ inverse.T)
        natural_rad_s = np.sqrt(squared.clip(0.0, FASTEST_RAD_S**2))
        shape = root @ modes
        self._k = (shape * natural_rad_s**2) @ shape.T
        self._d = (shape * (2 * DAMPING_RATIO * natural_rad_s)) @ shape.T
        self._left = STEADY_EVERY
