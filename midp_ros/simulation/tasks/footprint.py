"""The exact share of a target footprint that a block covers; imports core and the engine's box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midp_ros.core.pose import Pose
from midp_ros.simulation.engine import Box

Point = tuple[float, float]
Polygon = list[Point]  # corners counter-clockwise [m]


def coverage(boxes: Sequence[Box], pose: Pose, target: Pose) -> float:
    """Share of the target footprint's area that the block covers, seen from above: 0 to 1.

    Args:
        boxes: the block's parts, upright and apart from each other.
        pose, target: present and wanted pose of the block, lying flat.
    """
    block, wanted = ([_rectangle(box, at) for box in boxes] for at in (pose, target))
    return sum(area(clip(b, w)) for b in block for w in wanted) / sum(map(area, wanted))


def area(polygon: Polygon) -> float:
    """Area [m^2] by the shoelace formula; positive when counter-clockwise."""
    following = polygon[1:] + polygon[:1]
    return 0.5 * sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, following, strict=True))


def clip(polygon: Polygon, window: Polygon) -> Polygon:
    """The part of a convex polygon inside a convex window (Sutherland and Hodgman 1974)."""
    for i, b in enumerate(window):
        a = window[i - 1]
        sides = [(b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) for p in polygon]
        kept: Polygon = []
        for j, (p, side) in enumerate(zip(polygon, sides, strict=True)):
            before, side_before = polygon[j - 1], sides[j - 1]
            if (side >= 0) != (side_before >= 0):
                share = side_before / (side_before - side)
                kept.append((before[0] + share * (p[0] - before[0]), before[1] + share * (p[1] - before[1])))
            if side >= 0:
                kept.append(p)
        polygon = kept
    return polygon


def _rectangle(box: Box, pose: Pose) -> Polygon:
    half, centre = box
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * half + centre
    return [(float(x), float(y)) for x, y, _ in corners @ pose.rotation.T + pose.position_m]
