"""A drawn path by file or by an example's name; imports core."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.package_files import package_path
from midp_ros.drawing.csv_file import read_csv
from midp_ros.drawing.placement import DrawingError, Placement
from midp_ros.drawing.svg_file import read_svg

READERS = {".csv": read_csv, ".svg": read_svg}


def example_names() -> list[str]:
    """Names of the paths that the package carries."""
    return sorted(p.stem for p in package_path("config", "paths").iterdir() if p.suffix in READERS)


@dataclass(frozen=True)
class DrawnPath:
    """A path in the base frame.

    Attributes:
        name: of the file.
        points_m: (points, 3) [m].
        digest: of points and placement: the same path, whatever its file is called.
    """

    name: str
    points_m: Array
    placement: Placement = field(default_factory=Placement)

    @classmethod
    def load(cls, name: str | Path, placement: Placement | None = None) -> DrawnPath:
        """Reads an SVG or a CSV file, or an example by its name.

        Raises:
            UnknownNameError: neither a file nor an example; lists the examples.
            FileFormatError: the file cannot be read, or its drawing cannot be followed.
        """
        placement, file = placement or Placement(), _file(str(name))
        try:
            return cls(file.name, placement.place(READERS[file.suffix.lower()](file)), placement)
        except DrawingError as e:
            raise FileFormatError(f"{file}: {e}") from None

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits."""
        numbers = np.round(self.points_m, 6).tobytes() + repr(self.placement).encode()
        return hashlib.sha256(numbers).hexdigest()[:12]


def _file(name: str) -> Path:
    path = Path(name).expanduser()
    if path.suffix.lower() in READERS:
        return path
    if path.is_file():
        raise FileFormatError(f"{path} is neither .svg nor .csv: a path is one of these")
    for suffix in READERS:
        if name in example_names() and (found := package_path("config", "paths") / f"{name}{suffix}").is_file():
            return found
    raise UnknownNameError("path", name, [*example_names(), "FILE.svg", "FILE.csv"])
