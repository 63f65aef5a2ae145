"""The arm's bodies beside obstacles and the table, all grown by one distance.

Imports core, kinematics and pinocchio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.clearance import BEFORE_LINKS_M, FINGERS, LEAST_ABOVE_TABLE_M, LEAST_OF_FINGERS_M, TABLE
from midp_ros.kinematics.profile_parts import AXES, Capsule
from midp_ros.kinematics.self_collision import NO_VOLUMES, add_capsule
from midp_ros.planning.obstacles import Obstacle


@dataclass(frozen=True)
class Contact:
    """Two bodies that are too close.

    Attributes:
        first: a link of the arm, or `fingers`.
        second: another link, the table or an obstacle.
        distance_m: between them; negative where one is inside the other.
        least_m: what there should be.
    """

    first: str
    second: str
    distance_m: float
    least_m: float

    def __str__(self) -> str:
        inside = self.distance_m < 0
        return self.apart() if inside else f"{self.apart()}, {100 * self.least_m:g} cm is the least"

    def apart(self) -> str:
        """How far the two are from each other, in words."""
        if self.distance_m < 0:
            return f"{self.first} is {-100 * self.distance_m:.1f} cm inside {self.second}"
        return f"{self.first} is {100 * self.distance_m:.1f} cm from {self.second}"


class Bodies:
    """Three sets of pairs: links that must not touch each other (the profile's capsules and their safety distance, as
    the robot itself compares them), capsules above the table, and the links' whole bodies with each obstacle.

    Args:
        grown_m: by which every least distance is larger.

    Attributes:
        lever_m: no point of a body moves further than this for each radian of a joint (joints,).
    """

    def __init__(
        self,
        model: ArmModel,
        obstacles: Sequence[Obstacle],
        table_height_m: float | None,
        margin_m: float,
        grown_m: float,
    ):
        self._arm, self._profile, self._grown_m = model, model.profile, grown_m
        self._model, self._data = model._model, model._model.createData()
        self._geometry = pin.GeometryModel()
        self._pairs: list[tuple[str, str, float]] = []  # names and the least distance
        self._ends: list[tuple[int, Array, float]] = []  # of capsules: joint, ends in its frame (2, 3), radius
        self._add_links()
        if table_height_m is not None:
            self._add_table(table_height_m)
        self._add_obstacles(obstacles, margin_m)
        self._geometry_data = self._geometry.createData()
        self._broad = pin.BroadPhaseManager_DynamicAABBTreeCollisionManager(
            self._model, self._geometry, self._geometry_data
        )
        self.lever_m = self._levers()

    def clear(self, position_rad: Array) -> bool:
        """Whether everything keeps its least distance at joint positions (joints,)."""
        stop_at_first = True
        return not pin.computeCollisions(self._model, self._data, self._broad, position_rad, stop_at_first)

    def contacts(self, position_rad: Array) -> list[Contact]:
        """Everything that does not, the worst first."""
        contacts = [gap for gap in self.gaps(position_rad) if gap.distance_m < gap.least_m + self._grown_m]
        return sorted(contacts, key=lambda gap: gap.distance_m - gap.least_m)

    def gaps(self, position_rad: Array) -> list[Contact]:
        """Every two bodies that are compared, at joint positions (joints,), always in the same order."""
        pin.computeDistances(self._model, self._data, self._geometry, self._geometry_data, position_rad)
        return [
            Contact(first, second, float(result.min_distance) + least_m + self._grown_m, least_m)
            for (first, second, least_m), result in zip(self._pairs, self._geometry_data.distanceResults, strict=True)
        ]

    def lowest_m(self, position_rad: Array, first_joint: int) -> float:
        """The height of the lowest point of any shape behind a joint, at joint positions (joints,) [m]."""
        pin.forwardKinematics(self._model, self._data, position_rad)
        return min(
            float((self._data.oMi[joint] * end_m)[2]) - radius_m
            for joint, ends_m, radius_m in self._ends
            if joint >= first_joint
            for end_m in ends_m
        )

    # Shapes are grown, or the table raised, by the least distance: then whatever is too close overlaps, which takes a
    # fraction of the time that its distance would.
    def _add_links(self) -> None:
        volumes = self._profile.volumes or NO_VOLUMES
        least_m = 2 * volumes.safety_distance_m + BEFORE_LINKS_M
        numbers = [self._add(capsule, least_m / 2) for capsule in volumes.capsules]
        for i, j in volumes.compared:
            names = [self._name(volumes.capsules[k].link) for k in (i, j)]
            self._pair(numbers[i], numbers[j], names[0], names[1], least_m)

    def _add_table(self, height_m: float) -> None:
        volumes = self._profile.volumes or NO_VOLUMES
        above = [capsule for capsule in volumes.capsules if capsule.above_table]
        above += [volumes.palm] if volumes.palm else []
        fingertips = [volumes.fingertips] if volumes.fingertips else []
        for capsules, least_m in ((above, LEAST_ABOVE_TABLE_M), (fingertips, LEAST_OF_FINGERS_M)):
            below = pin.coal.Halfspace(np.array(AXES["z"]), height_m + least_m)
            table = self._geometry.addGeometryObject(
                pin.GeometryObject(f"{TABLE}{least_m}", 0, pin.SE3.Identity(), below)
            )
            for capsule in capsules:
                name = FINGERS if capsule is volumes.fingertips else self._name(capsule.link)
                self._pair(self._add(capsule, 0.0), table, name, f"the {TABLE}", least_m)

    def _add_obstacles(self, obstacles: Sequence[Obstacle], margin_m: float) -> None:
        bodies = (self._profile.volumes or NO_VOLUMES).bodies
        numbers = [self._add(body, margin_m) for body in bodies]
        for obstacle in obstacles:
            shape, placement = coal_shape(obstacle)
            solid = self._geometry.addGeometryObject(pin.GeometryObject(obstacle.name, 0, placement, shape))
            for number, body in zip(numbers, bodies, strict=True):
                self._pair(number, solid, self._name(body.link), obstacle.title, margin_m)

    def _add(self, capsule: Capsule, least_m: float) -> int:
        radius_m = least_m + self._grown_m
        number: int = add_capsule(self._geometry, self._arm, capsule, radius_m)
        placed = self._geometry.geometryObjects[number]
        half_m = placed.placement.rotation[:, 2] * capsule.length_m / 2
        ends_m = np.stack([placed.placement.translation - half_m, placed.placement.translation + half_m])
        self._ends.append((placed.parentJoint, ends_m, capsule.radius_m + radius_m))
        return number

    def _pair(self, one: int, other: int, first: str, second: str, least_m: float) -> None:
        self._pairs.append((first, second, least_m))
        self._geometry.addCollisionPair(pin.CollisionPair(one, other))

    def _name(self, link: str) -> str:
        return f"{self._profile.own_type}_{link}"

    def _levers(self) -> Array:
        """About its own joint a body turns at its distance from the axis; for those before it, the links between are
        taken as stretched."""
        offsets_m = [float(np.linalg.norm(placement.translation)) for placement in self._model.jointPlacements]
        levers_m = np.zeros(self._model.nq)
        for joint, ends_m, radius_m in self._ends:
            if joint == 0:
                continue
            levers_m[joint - 1] = max(levers_m[joint - 1], float(np.hypot(*ends_m[:, :2].T).max()) + radius_m)
            reach_m = float(np.linalg.norm(ends_m, axis=1).max()) + radius_m
            for before in range(joint - 1, 0, -1):
                reach_m += offsets_m[before + 1]
                levers_m[before - 1] = max(levers_m[before - 1], reach_m)
        return levers_m


def coal_shape(obstacle: Obstacle) -> tuple[pin.coal.ShapeBase, pin.SE3]:
    """An obstacle as coal has it, with its placement in the base frame."""
    if obstacle.shape == "box":
        shape = pin.coal.Box(*obstacle.size_m)
    elif obstacle.shape == "sphere":
        shape = pin.coal.Sphere(*obstacle.size_m)
    else:
        shape = pin.coal.Cylinder(*obstacle.size_m)
    pose = obstacle.pose
    return shape, pin.SE3(pose.rotation, pose.position_m)
