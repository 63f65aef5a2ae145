"""Two bodies at the flange as one; imports core only."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.simulation.arm.arm_state import RigidLoad


def combined(a: RigidLoad, b: RigidLoad) -> RigidLoad:
    """Masses add; inertias add about the common centre (parallel axes: I + m (|d|^2 1 - d d^T))."""
    mass_kg = a.mass_kg + b.mass_kg
    if mass_kg == 0.0:
        return RigidLoad()
    centre_m = (a.mass_kg * a.centre_m + b.mass_kg * b.centre_m) / mass_kg
    return RigidLoad(mass_kg, centre_m, _about(a, centre_m) + _about(b, centre_m))


def _about(load: RigidLoad, point_m: Array) -> Array:
    d = load.centre_m - point_m
    return load.inertia_kg_m2 + load.mass_kg * (d @ d * np.eye(3) - np.outer(d, d))
