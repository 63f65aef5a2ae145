"""Inverse dynamics of the arm with its load (pinocchio); imports core and pinocchio."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.kinematics.profile import RobotProfile


class ArmDynamics:
    """Torques and inertia of the arm's joints, fingers locked, with the load that the robot assumes."""

    def __init__(self, profile: RobotProfile):
        full = pin.buildModelFromUrdf(str(profile.urdf_path))
        description = ElementTree.parse(profile.urdf_path).getroot()
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
        self._hand = pin.Inertia.Zero()
        to_flange = flange.placement.inverse()
        for frame in self._model.frames:
            beyond = frame.name in (profile.hand_frame, *_children(full, fingers))
            if frame.type == pin.BODY and beyond:
                own = _inertia_of_link(description, frame.name)
                self._hand = self._hand + (to_flange * frame.placement).act(own)

    def set_load(self, mass_kg: float, centre_m: Array, inertia_kg_m2: Array) -> None:
        """Adds a body at the flange: centre of mass in the flange frame (3,), inertia about it (3, 3)."""
        load = pin.Inertia(mass_kg, np.asarray(centre_m, float), np.asarray(inertia_kg_m2, float))
        self._model.inertias[self._last_joint] = self._unloaded + self._flange_in_last_joint.act(load)

    def hand(self) -> tuple[float, Array, Array]:
        """Mass [kg], centre of mass in the flange frame [m] (3,) and inertia about it [kg m^2] (3, 3) of the hand."""
        return self._hand.mass, self._hand.lever.copy(), self._hand.inertia.copy()

    def torque(self, position_rad: Array, velocity_rad_s: Array, acceleration_rad_s2: Array) -> Array:
        """tau = M(q) ddq + C(q, dq) dq + g(q) [Nm] (joints,): recursive Newton-Euler."""
        return pin.rnea(self._model, self._data, position_rad, velocity_rad_s, acceleration_rad_s2)

    def mass_matrix(self, position_rad: Array) -> Array:
        """M(q) [kg m^2] (joints, joints); pin's binding fills both triangles."""
        return pin.crba(self._model, self._data, position_rad)


def _children(model: pin.Model, joints: list[int]) -> list[str]:
    """Names of the bodies that these joints carry."""
    return [frame.name for frame in model.frames if frame.type == pin.BODY and frame.parentJoint in joints]


def _inertia_of_link(description: ElementTree.Element, name: str) -> pin.Inertia:
    """A link's own inertia in its frame; pinocchio keeps only the sum of what moves together."""
    inertial = description.find(f"link[@name='{name}']/inertial")
    assert inertial is not None, f"{name} has no inertia"
    parts = {part.tag: part.attrib for part in inertial}
    centre_m = np.array([float(x) for x in parts["origin"]["xyz"].split()])
    i = {key: float(value) for key, value in parts["inertia"].items()}
    matrix = np.array([[i["ixx"], i["ixy"], i["ixz"]], [i["ixy"], i["iyy"], i["iyz"]], [i["ixz"], i["iyz"], i["izz"]]])
    return pin.Inertia(float(parts["mass"]["value"]), centre_m, matrix)
