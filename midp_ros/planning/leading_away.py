"""The first piece of a way from a start that is closer to something than it should be; imports core and the scene."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.planning.request import NoMotionError, PlanRequest
from midp_ros.planning.scene import CollisionScene

# An arm that was guided there may lead away by so much, in so many directions each.
LENGTHS_RAD, DIRECTIONS = (0.05, 0.1, 0.2, 0.4), 40
LOOKS_A_RAD = 100
NO_CLOSER_M = 1e-5  # by rounding


def clear_start(scene: CollisionScene, request: PlanRequest, profile: RobotProfile) -> Array:
    """The start, or clear joint positions (joints,) beside it, to which nothing comes closer on the straight way.

    Raises:
        NoMotionError: the start is inside something, or no such way was found.
    """
    start_rad = request.start_rad
    if scene.clear(start_rad):
        return start_rad
    contacts = scene.contacts(start_rad)
    if any(contact.distance_m < min(0.0, contact.least_m) for contact in contacts):
        raise NoMotionError(f"start is in collision: {scene.reason(start_rad)}")
    random = np.random.default_rng([request.seed, 5])
    for length_rad in LENGTHS_RAD:
        for direction in random.normal(size=(DIRECTIONS, profile.joints)):
            away_rad = start_rad + length_rad * direction / np.linalg.norm(direction)
            away_rad = np.clip(away_rad, profile.position_min_rad, profile.position_max_rad)
            if scene.clear(away_rad) and _comes_no_closer(scene, start_rad, away_rad, length_rad):
                return away_rad
    raise NoMotionError(f"start is too close, and no way leads clear of it: {scene.reason(start_rad)}")


def _comes_no_closer(scene: CollisionScene, start_rad: Array, away_rad: Array, length_rad: float) -> bool:
    before = scene.gaps(start_rad)
    for share in np.linspace(0.0, 1.0, int(LOOKS_A_RAD * length_rad) + 2)[1:]:
        for first, now in zip(before, scene.gaps(start_rad + share * (away_rad - start_rad)), strict=True):
            if now.distance_m < min(now.least_m, first.distance_m - NO_CLOSER_M):
                return False
    return True
