"""Obstacles: solid bodies in the arm's base frame, from a file or a task; imports core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.plain_data import build
from midp_ros.core.pose import Pose

# Numbers of each shape's size [m]: a box's edges; a sphere's radius; a cylinder's radius, and its length along z.
SIZES = {"box": 3, "sphere": 1, "cylinder": 2}
# Of a position and a size [m]. Larger numbers are millimetres, or too large for coal, which finds no collision then.
FURTHEST_M = 100.0


@dataclass(frozen=True)
class Obstacle:
    """A box, a sphere or a cylinder.

    Attributes:
        shape: a key of SIZES, which says what size_m holds.
        size_m: (3,), (1,) or (2,).
        position_m: of the centre in the base frame (3,).
        quaternion: (x, y, z, w).

    Raises:
        FileFormatError: a value is impossible.
    """

    name: str
    shape: str
    size_m: Array
    position_m: Array
    quaternion: Array = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 1.0]))

    def __post_init__(self) -> None:
        if self.shape not in SIZES:
            self._refuse("shape", f"{self.shape!r}", f"one of {', '.join(SIZES)}")
        for key, numbers in (("size_m", SIZES[self.shape]), ("position_m", 3), ("quaternion", 4)):
            value = np.asarray(getattr(self, key), float)
            object.__setattr__(self, key, value)
            if value.shape != (numbers,) or not np.isfinite(value).all():
                self._refuse(key, f"{value.tolist()}", f"{numbers} finite number{'s' if numbers > 1 else ''}")
        if not (self.size_m > 0).all():
            self._refuse("size_m", f"{self.size_m.tolist()}", "numbers above 0")
        for key in ("size_m", "position_m"):
            if (np.abs(getattr(self, key)) > FURTHEST_M).any():
                self._refuse(key, f"{getattr(self, key).tolist()}", f"numbers up to {FURTHEST_M:g}, in metres")
        if abs(np.linalg.norm(self.quaternion) - 1.0) > 0.01:
            self._refuse("quaternion", f"{self.quaternion.tolist()}", "a unit quaternion (x, y, z, w)")

    @property
    def pose(self) -> Pose:
        """Of the centre in the base frame."""
        return Pose.from_quaternion(self.position_m, self.quaternion)

    @property
    def title(self) -> str:
        """For messages."""
        return f"{self.shape} {self.name!r}"

    def plain(self) -> dict[str, Any]:
        """As a file holds it."""
        return {
            "name": self.name,
            "shape": self.shape,
            "size_m": self.size_m.tolist(),
            "position_m": self.position_m.tolist(),
            "quaternion": self.quaternion.tolist(),
        }

    def _refuse(self, key: str, value: str, wanted: str) -> None:
        raise FileFormatError(f"obstacle {self.name!r}: {key}: got {value}, need {wanted}")


@dataclass(frozen=True)
class _ObstacleFile:
    obstacles: tuple[Obstacle, ...]


def read_obstacles(path: Path) -> tuple[Obstacle, ...]:
    """The obstacles of a YAML file with a list `obstacles`.

    Raises:
        FileFormatError: it is missing, no YAML, or names an impossible obstacle.
    """
    try:
        content: _ObstacleFile = build(_ObstacleFile, read_yaml(path, "obstacles"), "obstacles", FileFormatError)
    except FileFormatError as e:
        raise e if str(path) in str(e) else FileFormatError(f"{path}: {e}") from None
    require_distinct(content.obstacles)
    return content.obstacles


def require_distinct(obstacles: Sequence[Obstacle]) -> None:
    """Raises FileFormatError where two obstacles have one name."""
    names = [obstacle.name for obstacle in obstacles]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FileFormatError(f"obstacles: the name {twice[0]!r} is there twice; each needs a name of its own")
