"""How close the arm comes to itself and to the table: distances between capsules along the links.

Imports core and pinocchio.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.kinematics.model import ArmModel
from midp_ros.kinematics.self_collision import CAPSULES, PAIRS, SAFETY_DISTANCE_M, Capsule, Y, Z, add_capsule

TABLE, FINGERS = "table", "fingers"
# A robot stops by itself where two volumes, each grown by the safety distance, touch; 5 mm before that a motion is bad.
LEAST_BETWEEN_LINKS_M = 2 * SAFETY_DISTANCE_M + 0.005
LEAST_ABOVE_TABLE_M = 0.01
# Fingertips work close above the table and may touch it: the shipped skills stay 5 mm clear; an arm gives way by 1 cm.
LEAST_OF_FINGERS_M = -0.01
# Fingertips of the Franka Hand: 0.0584 m to the fingers' frame, of which the finger mesh takes 0.0538 m; 8 cm apart at
# the most, 2 cm wide.
FINGERTIPS = Capsule("hand", (0.0, 0.0, 0.1022), Y, 0.01, 0.08)
# What may hit a table: the links that self-collision looks at, without those that stand on it, and the elbow
# (franka_description 1.0.1).
ELBOW = Capsule("link4", (0.0, 0.0, 0.0), Z, 0.06, 0.12)
OVER_TABLE = (ELBOW, *(c for c in CAPSULES if c.link in ("link5", "link6", "link7")), CAPSULES[-2])


class Gap(NamedTuple):
    """Two things that come too close.

    Attributes:
        first, second: names of links; `fingers` and `table` are two of them.
        distance_m: between them; negative where they overlap.
        least_m: what there should be.
    """

    first: str
    second: str
    distance_m: float
    least_m: float


class Clearance:
    """Distances of one arm with its hand.

    Args:
        table_height_m: of the table's plane in the arm's base frame [m]; None: there is no table.
    """

    def __init__(self, model: ArmModel, table_height_m: float | None = None):
        self._model, self._data = model._model, model._model.createData()
        self._geometry = pin.GeometryModel()
        self._pairs: list[tuple[str, str, float]] = []  # names and the least distance
        self._add_links(model)
        if table_height_m is not None:
            self._add_table(model, LEAST_ABOVE_TABLE_M, table_height_m, OVER_TABLE)
            self._add_table(model, LEAST_OF_FINGERS_M, table_height_m, (FINGERTIPS,))
        self._geometry_data = self._geometry.createData()

    def too_close(self, position_rad: Array) -> bool:
        """Whether anything is closer than it should be at joint positions (7,)."""
        stop_at_first = True
        found = pin.computeCollisions(
            self._model, self._data, self._geometry, self._geometry_data, position_rad, stop_at_first
        )
        return bool(found)

    def gaps(self, position_rad: Array) -> list[Gap]:
        """Every distance at joint positions (7,), always in the same order."""
        pin.computeDistances(self._model, self._data, self._geometry, self._geometry_data, position_rad)
        results = self._geometry_data.distanceResults
        return [
            Gap(first, second, result.min_distance + least_m, least_m)
            for (first, second, least_m), result in zip(self._pairs, results, strict=True)
        ]

    # Shapes are grown, or the table raised, by the least distance: then whatever is too close overlaps, which takes a
    # third of the time that its distance would.
    def _add_links(self, model: ArmModel) -> None:
        numbers = [add_capsule(self._geometry, model, capsule, LEAST_BETWEEN_LINKS_M / 2) for capsule in CAPSULES]
        for i, first in enumerate(CAPSULES):
            for j, second in enumerate(CAPSULES):
                if second.link in PAIRS.get(first.link, ()):
                    self._pair(model, (numbers[i], first), (numbers[j], second.link), LEAST_BETWEEN_LINKS_M)

    def _add_table(self, model: ArmModel, least_m: float, height_m: float, capsules: tuple[Capsule, ...]) -> None:
        below = pin.coal.Halfspace(np.array(Z, float), height_m + least_m)
        plane = pin.GeometryObject(f"{TABLE}{least_m}", 0, pin.SE3.Identity(), below)
        table = self._geometry.addGeometryObject(plane)
        for capsule in capsules:
            number = add_capsule(self._geometry, model, capsule, 0.0)
            self._pair(model, (number, capsule), (table, TABLE), least_m)

    def _pair(self, model: ArmModel, first: tuple[int, Capsule], second: tuple[int, str], least_m: float) -> None:
        named = [FINGERS if first[1] is FINGERTIPS else first[1].link, second[1]]
        names = [name if name in (TABLE, FINGERS) else f"{model.profile.name}_{name}" for name in named]
        self._pairs.append((names[0], names[1], least_m))
        self._geometry.addCollisionPair(pin.CollisionPair(first[0], second[0]))
