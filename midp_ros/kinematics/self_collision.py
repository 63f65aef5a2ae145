"""Whether the arm's links touch each other, by capsules along the links.

Imports core and pinocchio.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.kinematics.model import ArmModel

# "Minimum safety distance [m] by which the collision volumes are expanded", franka_description 1.0.1.
SAFETY_DISTANCE_M = 0.03


class Capsule(NamedTuple):
    """A cylinder with round ends in a link's frame; the length is that of the cylinder alone."""

    link: str
    centre_m: tuple[float, float, float]
    axis: tuple[int, int, int]
    radius_m: float
    length_m: float
    yaw_rad: float = 0.0  # of the frame in which the capsule is given, about the link's z


X, Y, Z = (1, 0, 0), (0, 1, 0), (0, 0, 1)
# The arm's and the hand's own self-collision volumes in franka_description 1.0.1, the same for FR3 and Panda.
CAPSULES = (
    Capsule("link0", (-0.075, 0.0, 0.06), X, 0.06, 0.03),
    Capsule("link1", (0.0, 0.0, -0.1915), Z, 0.06, 0.283),
    Capsule("link2", (0.0, 0.0, 0.0), Z, 0.06, 0.12),
    Capsule("link5", (0.0, 0.0, -0.26), Z, 0.06, 0.10),
    Capsule("link5", (0.0, 0.08, -0.13), Z, 0.025, 0.14),
    Capsule("link6", (0.0, 0.0, -0.03), Z, 0.05, 0.08),
    Capsule("link7", (0.0, 0.0, 0.01), Z, 0.04, 0.14),
    Capsule("link7", (0.06, 0.0, 0.082), X, 0.03, 0.01, np.pi / 4),
    Capsule("hand", (0.0, 0.0, 0.04), Y, 0.04, 0.1),
    Capsule("hand", (0.0, 0.0, 0.10), Y, 0.02, 0.1),
)
# What its semantic description leaves enabled: the joints' ranges keep all other links apart.
PAIRS = {
    "link0": ("link5", "link6", "link7", "hand"),
    "link1": ("link5", "link6", "link7", "hand"),
    "link2": ("link5", "link7", "hand"),
    "link5": ("hand",),
}


class SelfCollision:
    """The arm's capsules, each grown by the safety distance."""

    def __init__(self, model: ArmModel, grown_m: float = SAFETY_DISTANCE_M):
        self._model, self._data = model._model, model._model.createData()
        self._geometry = pin.GeometryModel()
        for capsule in CAPSULES:
            add_capsule(self._geometry, model, capsule, grown_m)
        for i, first in enumerate(CAPSULES):
            for j, second in enumerate(CAPSULES):
                if second.link in PAIRS.get(first.link, ()):
                    self._geometry.addCollisionPair(pin.CollisionPair(i, j))
        self._geometry_data = self._geometry.createData()

    def touching(self, position_rad: Array) -> tuple[str, str] | None:
        """Names of two links that come too close at joint positions (7,), or None."""
        stop_at_first = True
        if not pin.computeCollisions(
            self._model, self._data, self._geometry, self._geometry_data, position_rad, stop_at_first
        ):
            return None
        results = self._geometry_data.collisionResults
        pair = next(p for p, r in zip(self._geometry.collisionPairs, results, strict=True) if r.isCollision())
        return CAPSULES[pair.first].link, CAPSULES[pair.second].link


def add_capsule(geometry: pin.GeometryModel, model: ArmModel, capsule: Capsule, grown_m: float) -> int:
    """Adds a capsule with a radius that is larger by `grown_m`; returns its number in the geometry."""
    arm, number = model._model, geometry.ngeoms
    frame = arm.frames[arm.getFrameId(f"{model.profile.name}_{capsule.link}")]
    about_z = pin.SE3(pin.utils.rotate("z", capsule.yaw_rad), np.zeros(3))
    along = pin.Quaternion.FromTwoVectors(np.array(Z, float), np.array(capsule.axis, float)).matrix()
    placement = frame.placement * about_z * pin.SE3(along, np.array(capsule.centre_m))
    shape = pin.coal.Capsule(capsule.radius_m + grown_m, capsule.length_m)
    geometry.addGeometryObject(pin.GeometryObject(str(number), frame.parentJoint, placement, shape))
    return number
