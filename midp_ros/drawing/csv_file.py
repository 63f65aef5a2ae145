"""The points in a CSV file, to and from; imports core."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import write_text

WANTED = "lines of x, y (a drawing, scaled) or x, y, z in the base frame [m], with commas; a # begins a comment"
HEADER = "# x, y, z in the arm's base frame [m]; written by midp draw\n"


def read_csv(file: Path) -> Array:
    """Points (points, 2) or (points, 3).

    Raises:
        FileFormatError: the file is missing, empty or holds something else; names the line of a number that is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an empty file
            points = np.loadtxt(file, delimiter=",", ndmin=2)
    except (OSError, ValueError) as e:
        raise FileFormatError(f"{file} is not a path: {e}; it must hold {WANTED}") from None
    if not points.size:
        raise FileFormatError(f"{file} is empty; it must hold {WANTED}")
    if points.shape[1] not in (2, 3):
        raise FileFormatError(f"{file} has {points.shape[1]} numbers a line; it must hold {WANTED}")
    return points


def write_csv(file: Path, points_m: Array) -> None:
    """Writes points (points, 3) in the base frame [m], to a tenth of a millimetre."""
    write_text(file, HEADER + "".join(f"{x:.4f}, {y:.4f}, {z:.4f}\n" for x, y, z in points_m))
