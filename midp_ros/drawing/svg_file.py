"""The line in an SVG file; imports core and svgelements."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import write_text

MARGIN_MM = 10.0
CURVE_POINTS = 100  # on each arc or Bezier curve: of a circle's quarter, 3e-5 of its radius off


def read_svg(file: FilePath) -> Array:
    """Points (points, 2) of the one continuous line in a file, in its own units, y upwards.

    Paths, polylines, polygons, lines, rectangles, circles and ellipses are read, with their transforms.

    Raises:
        FileFormatError: the file is missing, no SVG, or holds no line, or more than one.
    """
    from svgelements import SVG, Shape

    try:
        shapes = [each for each in SVG.parse(str(file)).elements() if isinstance(each, Shape)]
        lines = [line for shape in shapes for line in _lines(shape)]
    except Exception as e:  # of svgelements'; it depends on what the file holds
        raise FileFormatError(f"{file} is not an SVG file: {e}") from None
    if len(lines) != 1:
        found = f"{len(lines)} separate lines" if lines else "no line"
        raise FileFormatError(
            f"{file} holds {found}; the tool does not lift: draw one continuous path, polyline, rectangle or circle"
        )
    return lines[0] * [1.0, -1.0]  # y points down in SVG


def write_svg(file: FilePath, points_m: Array) -> None:
    """Writes the shape of a path (points, 3) in the base frame [m], seen from above, in millimetres."""
    right, up = -1000 * points_m[:, 1], 1000 * points_m[:, 0]
    right, down = right - right.min() + MARGIN_MM, up.max() - up + MARGIN_MM
    width, height = right.max() + MARGIN_MM, down.max() + MARGIN_MM
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(right, down, strict=True))
    write_text(
        file,
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.1f}mm" height="{height:.1f}mm" '
        f'viewBox="0 0 {width:.1f} {height:.1f}">\n'
        f'  <polyline points="{line}" fill="none" stroke="black" stroke-width="1"/>\n</svg>\n',
    )


def _lines(shape: Any) -> list[Array]:
    """Each continuous line of a shape (points, 2); what draws nothing is left out."""
    from svgelements import Path

    path = abs(Path(shape))
    found = [_points(Path(part)) for part in path.as_subpaths()]
    return [points for points in found if len(points) > 1]


def _points(line: Any) -> Array:
    from svgelements import Close, Line, Move

    points: list[tuple[float, float]] = []
    for segment in line:
        if isinstance(segment, Move):
            points.append((segment.end.x, segment.end.y))
        elif isinstance(segment, Close | Line):
            if segment.end is not None:
                points.append((segment.end.x, segment.end.y))
        else:
            points += [(p.x, p.y) for p in map(segment.point, np.linspace(0.0, 1.0, CURVE_POINTS + 1)[1:])]
    return np.array(points, float).reshape(-1, 2)
