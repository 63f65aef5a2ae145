"""Inverse dynamics of the arm with what it carries (pinocchio); imports core and pinocchio."""

from __future__ import annotations

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray

from midp_ros.kinematics.profile import RobotProfile

Array = NDArray[np.float64]


class ArmDynamics:
    """Torques and inertia of the seven arm joints, fingers locked; what the robot believes, load included."""

    def __init__(self, profile: RobotProfile):
        full = pin.buildModelFromUrdf(str(profile.urdf_path))
        locked = pin.neutral(full)
        for name in profile.finger_joint_names:
            locked[full.joints[full.getJointId(name)].idx_q] = profile.gripper_width_max_m / 4  # half open
        fingers = [full.getJointId(name) for name in profile.finger_joint_names]
        self._model = pin.buildReducedModel(full, fingers, locked)
        self._data = self._model.createData()
        self._last_joint = self._model.njoints - 1
        self._unloaded = self._model.inertias[self._last_joint].copy()
        flange = self._model.frames[self._model.getFrameId(profile.flange_frame)]
        self._flange_in_last_joint = flange.placement

    def set_load(self, mass_kg: float, centre_m: Array, inertia_kg_m2: Array) -> None:
        """Adds a body at the flange: centre of mass in the flange frame (3,), inertia about it (3, 3)."""
        load = pin.Inertia(mass_kg, np.asarray(centre_m, float), np.asarray(inertia_kg_m2, float))
        self._model.inertias[self._last_joint] = self._unloaded + self._flange_in_last_joint.act(load)

    def torque(self, position_rad: Array, velocity_rad_s: Array, acceleration_rad_s2: Array) -> Array:
        """tau = M(q) ddq + C(q, dq) dq + g(q) [Nm] (7,): recursive Newton-Euler."""
        return pin.rnea(self._model, self._data, position_rad, velocity_rad_s, acceleration_rad_s2)

    def mass_matrix(self, position_rad: Array) -> Array:
        """M(q) [kg m^2] (7, 7)."""
        upper = np.triu(pin.crba(self._model, self._data, position_rad))
        return upper + np.triu(upper, 1).T
