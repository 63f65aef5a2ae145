"""Distances of the arm to itself and to the table, between capsules along the links.

Imports core and pinocchio.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.kinematics.model import ArmModel
from midp_ros.kinematics.profile_parts import AXES, Capsule
from midp_ros.kinematics.self_collision import NO_VOLUMES, add_capsule

TABLE, FINGERS = "table", "fingers"
# A robot stops by itself where two volumes, each grown by the safety distance, touch; 5 mm before that a motion is bad.
BEFORE_LINKS_M = 0.005
LEAST_ABOVE_TABLE_M = 0.01
# Fingertips work close above the table and may touch it: the shipped skills stay 5 mm clear; an arm gives way by 1 cm.
LEAST_OF_FINGERS_M = -0.01


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
    """Distances of one arm with its hand, by the volumes of its profile; without any there are none.

    Args:
        table_height_m: of the table's plane in the arm's base frame [m]; None: there is no table.
        further_m: by which every least distance is larger.
    """

    def __init__(self, model: ArmModel, table_height_m: float | None = None, further_m: float = 0.0):
        self._model, self._data = model._model, model._model.createData()
        self._geometry = pin.GeometryModel()
        self._volumes = model.profile.volumes or NO_VOLUMES
        self._pairs: list[tuple[str, str, float]] = []  # names and the least distance
        self._add_links(model, further_m)
        if table_height_m is not None:
            links = tuple(capsule for capsule in self._volumes.capsules if capsule.above_table)
            links += (self._volumes.palm,) if self._volumes.palm else ()
            self._add_table(model, LEAST_ABOVE_TABLE_M + further_m, table_height_m, links)
            fingertips = self._volumes.fingertips
            self._add_table(model, LEAST_OF_FINGERS_M + further_m, table_height_m, (fingertips,) if fingertips else ())
        self._geometry_data = self._geometry.createData()

    def too_close(self, position_rad: Array) -> bool:
        """Whether anything is closer than it should be at joint positions (joints,)."""
        stop_at_first = True
        found = pin.computeCollisions(
            self._model, self._data, self._geometry, self._geometry_data, position_rad, stop_at_first
        )
        return bool(found)

    def gaps(self, position_rad: Array) -> list[Gap]:
        """Every distance at joint positions (joints,), always in the same order."""
        pin.computeDistances(self._model, self._data, self._geometry, self._geometry_data, position_rad)
        results = self._geometry_data.distanceResults
        return [
            Gap(first, second, result.min_distance + least_m, least_m)
            for (first, second, least_m), result in zip(self._pairs, results, strict=True)
        ]

    def closer(self, position_rad: Array, start_rad: Array, by_m: float) -> list[Gap]:
        """Gaps that are too small at joint positions (joints,), where a motion began at others (joints,).

        Args:
            by_m: what a motion that began too close may come closer still, by rounding [m].
        """
        if not self.too_close(position_rad):
            return []
        gaps = zip(self.gaps(position_rad), self.gaps(start_rad), strict=True)
        return [gap for gap, before in gaps if gap.distance_m < min(gap.least_m, before.distance_m - by_m)]

    # Shapes are grown, or the table raised, by the least distance: then whatever is too close overlaps, which takes a
    # third of the time that its distance would.
    def _add_links(self, model: ArmModel, further_m: float) -> None:
        capsules = self._volumes.capsules
        least_m = 2 * self._volumes.safety_distance_m + BEFORE_LINKS_M + further_m
        numbers = [add_capsule(self._geometry, model, capsule, least_m / 2) for capsule in capsules]
        for i, j in self._volumes.compared:
            self._pair(model, (numbers[i], capsules[i]), (numbers[j], capsules[j].link), least_m)

    def _add_table(self, model: ArmModel, least_m: float, height_m: float, capsules: tuple[Capsule, ...]) -> None:
        below = pin.coal.Halfspace(np.array(AXES["z"]), height_m + least_m)
        plane = pin.GeometryObject(f"{TABLE}{least_m}", 0, pin.SE3.Identity(), below)
        table = self._geometry.addGeometryObject(plane)
        for capsule in capsules:
            number = add_capsule(self._geometry, model, capsule, 0.0)
            self._pair(model, (number, capsule), (table, TABLE), least_m)

    def _pair(self, model: ArmModel, first: tuple[int, Capsule], second: tuple[int, str], least_m: float) -> None:
        named = [FINGERS if first[1] is self._volumes.fingertips else first[1].link, second[1]]
        names = [name if name in (TABLE, FINGERS) else f"{model.profile.own_type}_{name}" for name in named]
        self._pairs.append((names[0], names[1], least_m))
        self._geometry.addCollisionPair(pin.CollisionPair(first[0], second[0]))
