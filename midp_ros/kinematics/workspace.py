"""Where an arm's tool can be: within its reach, and outside the base that it stands on.

Imports core and pinocchio.
"""

from __future__ import annotations

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.kinematics.model import ArmModel
from midp_ros.kinematics.self_collision import NO_VOLUMES, add_capsule

STARTS, STEPS, STEP_RAD = 8, 60, 0.2  # of the search for the furthest point: 5 ms, and within a millimetre
UPRIGHT_JOINTS = 1  # links behind so many joints turn about themselves and stay where they are


class Workspace:
    """Judges points in the arm's base frame.

    Attributes:
        shoulder_m: where the second joint lies (3,).
        reach_m: the tool's largest distance from there.
    """

    def __init__(self, model: ArmModel):
        self._model = model
        arm, data = model._model, model._model.createData()
        pin.forwardKinematics(arm, data, pin.neutral(arm))
        self.shoulder_m: Array = data.oMi[UPRIGHT_JOINTS + 1].translation.copy()
        self.reach_m = self._furthest()
        volumes = model.profile.volumes or NO_VOLUMES
        geometry = pin.GeometryModel()
        numbers = [add_capsule(geometry, model, capsule, 0.0) for capsule in volumes.capsules]
        placed = geometry.createData()
        pin.updateGeometryPlacements(arm, data, geometry, placed)
        # Name, middle, half of the axis and radius of every capsule that stays where it is.
        self._base: list[tuple[str, Array, Array, float]] = [
            (
                f"{model.profile.own_type}_{capsule.link}",
                placed.oMg[number].translation.copy(),
                placed.oMg[number].rotation[:, 2] * capsule.length_m / 2,
                capsule.radius_m + volumes.safety_distance_m,
            )
            for number, capsule in zip(numbers, volumes.capsules, strict=True)
            if geometry.geometryObjects[number].parentJoint <= UPRIGHT_JOINTS
        ]

    def problem(self, position_m: Array) -> str:
        """Why a tool cannot be at a point (3,), with the limit; empty if it may be able to."""
        away_m = float(np.linalg.norm(position_m - self.shoulder_m))
        if away_m > self.reach_m:
            return f"{away_m:.2f} m from the shoulder, and the arm reaches {self.reach_m:.2f} m"
        for name, middle_m, half_m, radius_m in self._base:
            along = half_m / (half_m @ half_m) if half_m.any() else half_m
            share = min(max(float((position_m - middle_m) @ along), -1.0), 1.0)
            distance_m = float(np.linalg.norm(position_m - middle_m - share * half_m))
            if distance_m < radius_m:
                return (
                    f"in the robot's base: {distance_m:.2f} m from the middle of {name}, {radius_m:.2f} m is the least"
                )
        return ""

    def _furthest(self) -> float:
        """Largest distance of the tool from the shoulder [m], uphill from random postures within the joints' ranges."""
        profile, rng = self._model.profile, np.random.default_rng(0)
        low, high = profile.position_min_rad, profile.position_max_rad
        reach_m = 0.0
        for _ in range(STARTS):
            q = rng.uniform(low, high)
            for step in range(STEPS):
                away_m = self._model.forward(q).position_m - self.shoulder_m
                slope = self._model.jacobian(q)[:3].T @ away_m
                q = np.clip(q + STEP_RAD * slope / max(float(np.linalg.norm(slope)), 0.02 + 0.002 * step), low, high)
            reach_m = max(reach_m, float(np.linalg.norm(self._model.forward(q).position_m - self.shoulder_m)))
        return reach_m
