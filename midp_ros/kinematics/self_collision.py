"""Self-collision of the arm's links, by capsules along them.

Imports core and pinocchio.
"""

from __future__ import annotations

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.kinematics.model import ArmModel
from midp_ros.kinematics.profile_parts import AXES, Capsule, LinkVolumes

NO_VOLUMES = LinkVolumes(safety_distance_m=0.0, capsules=())


class SelfCollision:
    """The capsules of the robot's profile, each grown by its safety distance; without any, nothing ever touches.

    Attributes:
        safety_distance_m: by which each is grown.
    """

    def __init__(self, model: ArmModel):
        self._model, self._data = model._model, model._model.createData()
        self._volumes = model.profile.volumes or NO_VOLUMES
        self.safety_distance_m = self._volumes.safety_distance_m
        self._geometry = pin.GeometryModel()
        for capsule in self._volumes.capsules:
            add_capsule(self._geometry, model, capsule, self.safety_distance_m)
        for i, j in self._volumes.compared:
            self._geometry.addCollisionPair(pin.CollisionPair(i, j))
        self._geometry_data = self._geometry.createData()

    def touching(self, position_rad: Array) -> tuple[str, str] | None:
        """Names of two links that come too close at joint positions (joints,), or None."""
        stop_at_first = True
        if not pin.computeCollisions(
            self._model, self._data, self._geometry, self._geometry_data, position_rad, stop_at_first
        ):
            return None
        results = self._geometry_data.collisionResults
        pair = next(p for p, r in zip(self._geometry.collisionPairs, results, strict=True) if r.isCollision())
        capsules = self._volumes.capsules
        return capsules[pair.first].link, capsules[pair.second].link


def add_capsule(geometry: pin.GeometryModel, model: ArmModel, capsule: Capsule, grown_m: float) -> int:
    """Adds a capsule with a radius that is larger by `grown_m`; returns its number in the geometry."""
    arm, number = model._model, geometry.ngeoms
    frame = arm.frames[arm.getFrameId(f"{model.profile.own_type}_{capsule.link}")]
    about_z = pin.SE3(pin.utils.rotate("z", capsule.yaw_rad), np.zeros(3))
    along = pin.Quaternion.FromTwoVectors(np.array(AXES["z"]), np.array(AXES[capsule.axis])).matrix()
    placement = frame.placement * about_z * pin.SE3(along, capsule.centre_m)
    shape = pin.coal.Capsule(capsule.radius_m + grown_m, capsule.length_m)
    geometry.addGeometryObject(pin.GeometryObject(str(number), frame.parentJoint, placement, shape))
    return number
