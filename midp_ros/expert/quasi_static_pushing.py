"""Quasi-static sliding of the T-shaped block when a finger pushes at a point of its outline; imports numpy only.

Points of the plane are complex numbers x + iy in the block's frame, which lies at its centre of mass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array

Complex = NDArray[np.complex128]
# Corners of the T, counter-clockwise [m]: a bar of 16 x 4 cm, a stem of 4 x 12 cm.
OUTLINE_M = (
    np.array([-2, 2, 2, 8, 8, -8, -8, -2]) * 0.01 + 1j * (np.array([-12, -12, 0, 0, 4, 4, 0, 0]) + 10 / 7) * 0.01
)
FRICTION = 0.48  # of a rubber finger tip on the block
RADIUS_M = 0.06  # largest frictional moment over force: 0.053 if pressed evenly, 0.072 on its boxes' corners
STANDOFF_M, ROOM_M = 0.03, 0.024  # from a contact to the tool on its way there, and what it needs round it there
END_M = 0.012  # between an edge's end and its first contact
SPACING_M = 0.005  # between two contacts along an edge
STROKES_M = np.linspace(0.0, 0.25, 126)  # every 2 mm


@dataclass(frozen=True)
class Pushes:
    """All possible pushes of the block: contacts, and the block's pose after each stroke from them.

    Attributes:
        point_m: contacts on the outline (contacts,).
        inward: unit vectors into the block (contacts,).
        shift_m, turn_rad: pose of the block after each stroke, in its frame before (contacts, strokes).
    """

    point_m: Complex
    inward: Complex
    shift_m: Complex
    turn_rad: Array


def pushes() -> Pushes:
    """All strokes of `STROKES_M` from points along the outline where the finger tips fit."""
    point, inward = _contacts()
    velocity, rate = contact_twist(point, inward)
    turn = rate[:, None] * STROKES_M
    # The contact stays where it is on the block, so the body twist is constant: the block turns about a fixed centre.
    safe = np.where(np.abs(turn) < 1e-9, 1e-9, turn)
    shift = velocity[:, None] * STROKES_M * (np.exp(1j * safe) - 1) / (1j * safe)
    return Pushes(point, inward, shift, turn)


def _contacts() -> tuple[Complex, Complex]:
    """Points and inward normals (contacts,), where the fingers get to without touching another edge."""
    points, normals = [], []
    for start, end in zip(OUTLINE_M, np.roll(OUTLINE_M, -1), strict=True):
        length = abs(end - start)
        along = (end - start) / length
        count = int((length - 2 * END_M) / SPACING_M) + 1
        for s in length / 2 + SPACING_M * (np.arange(count) - (count - 1) / 2):
            point, inward = start + along * s, 1j * along
            if _distance(point - STANDOFF_M * inward) > ROOM_M:
                points.append(point)
                normals.append(inward)
    return np.array(points), np.array(normals)


def _distance(point: complex) -> float:
    """From a point outside to the outline [m]."""
    edges = np.roll(OUTLINE_M, -1) - OUTLINE_M
    share = np.clip(((point - OUTLINE_M) * edges.conj()).real / np.abs(edges) ** 2, 0, 1)
    return float(np.abs(point - OUTLINE_M - share * edges).min())


def contact_twist(point: Complex, inward: Complex) -> tuple[Complex, Array]:
    """Velocity [m/m] and turning rate [rad/m] of the block per metre that the contact moves inward.

    Ellipsoidal limit surface (Lynch, Maekawa and Tanie 1992, "Manipulation and active sensing by pushing using tactile
    feedback"): the velocity is parallel to the force, the rate is moment over `RADIUS_M` squared. The force is the one
    under which the contact sticks, or the edge of the friction cone.
    """
    x, y = (point * inward.conj()).real, (point * inward.conj()).imag  # in axes along the normal
    slope = np.clip(x * y / (RADIUS_M**2 + x**2), -FRICTION, FRICTION)
    force = 1 + 1j * slope
    rate = (x * slope - y) / RADIUS_M**2
    scale = 1 / (1 - rate * y)  # so that the contact's normal velocity is one
    return force * inward * scale, rate * scale
