"""Joints and visible shapes out of a URDF; imports core.

Only what Franka's descriptions hold: a tree of fixed, revolute and prismatic joints; meshes and boxes.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation_vector, rotation_about_x, rotation_about_z

PACKAGE_URI = "package://"
GRID_M = 0.005  # vertices that fall into one cell are merged: a fraction of the triangles, and hardly seen


@dataclass(frozen=True)
class Joint:
    """One joint: its link moves about or along an axis of the joint's frame.

    Attributes:
        origin: of the joint's frame in the parent link's.
        axis: unit vector (3,) in the joint's frame; zero for a fixed joint.
        slides: along the axis [m]; otherwise it turns about it [rad].
    """

    name: str
    parent: str
    child: str
    origin: Pose
    axis: Array
    slides: bool

    @property
    def moves(self) -> bool:
        """Whether it is no fixed joint."""
        return bool(self.axis.any())

    def pose(self, position: float) -> Pose:
        """Of the child link in the parent link's frame, at a position [rad] or [m]."""
        way = position * self.axis
        if self.slides:
            return self.origin @ Pose(way, np.eye(3))
        return self.origin @ Pose(np.zeros(3), matrix_from_rotation_vector(way))


@dataclass(frozen=True)
class Mesh:
    """Triangles.

    Attributes:
        vertices_m: (vertices, 3), in the link's frame.
        faces: numbers of vertices (faces, 3).
    """

    vertices_m: Array
    faces: NDArray[np.intp]


@dataclass(frozen=True)
class ArmDescription:
    """A robot to draw.

    Attributes:
        root: the link that all others hang on.
        joints: each behind the one that its parent link hangs on.
        meshes: by link; links whose files are missing have none.
    """

    root: str
    joints: tuple[Joint, ...]
    meshes: dict[str, Mesh]

    @classmethod
    def read(cls, urdf: str) -> ArmDescription:
        """From a URDF's text."""
        robot = ElementTree.fromstring(urdf)
        joints = [_joint(element) for element in robot.iter("joint")]
        links = [str(link.get("name")) for link in robot.iter("link")]
        root = next(link for link in links if link not in {j.child for j in joints})
        meshes = {str(link.get("name")): found for link in robot.iter("link") if (found := _mesh(link))}
        return cls(root, tuple(_sorted(root, joints)), meshes)


def _sorted(root: str, joints: list[Joint]) -> list[Joint]:
    ordered, known = list[Joint](), {root}
    while len(ordered) < len(joints):
        following = [j for j in joints if j.parent in known and j not in ordered]
        if not following:
            break
        ordered += following
        known |= {j.child for j in following}
    return ordered


def _joint(element: ElementTree.Element) -> Joint:
    kind, axis = element.get("type"), element.find("axis")
    fixed = kind not in ("revolute", "continuous", "prismatic")
    vector = np.zeros(3) if fixed else _numbers(None if axis is None else axis.get("xyz"), (1.0, 0.0, 0.0))
    parent, child = (str(_required(element, tag).get("link")) for tag in ("parent", "child"))
    return Joint(str(element.get("name")), parent, child, _origin(element), vector, kind == "prismatic")


def _required(element: ElementTree.Element, tag: str) -> ElementTree.Element:
    found = element.find(tag)
    assert found is not None, f"{element.get('name')} has no {tag}"
    return found


def _origin(element: ElementTree.Element) -> Pose:
    origin = element.find("origin")
    if origin is None:
        return Pose(np.zeros(3), np.eye(3))
    roll, pitch, yaw = _numbers(origin.get("rpy"), (0.0, 0.0, 0.0))
    about_y = matrix_from_rotation_vector([0.0, pitch, 0.0])
    rotation = rotation_about_z(yaw) @ about_y @ rotation_about_x(roll)
    return Pose(_numbers(origin.get("xyz"), (0.0, 0.0, 0.0)), rotation)


def _numbers(text: str | None, otherwise: tuple[float, ...]) -> Array:
    return np.array(text.split(), float) if text else np.array(otherwise)


def _mesh(link: ElementTree.Element) -> Mesh | None:
    visual = link.find("visual")
    file = None if visual is None else visual.find("geometry/mesh")
    path = None if file is None else _file(str(file.get("filename")))
    if visual is None or path is None:
        return None
    (vertices_m, faces), pose = read_obj(path), _origin(visual)
    return coarse(vertices_m @ pose.rotation.T + pose.position_m, faces)


def _file(uri: str) -> Path | None:
    """A mesh's file; None where its package is not installed, or its format is not read."""
    package, _, rest = uri.removeprefix(PACKAGE_URI).partition("/")
    spec = find_spec(package) if uri.startswith(PACKAGE_URI) else None
    folder = spec.submodule_search_locations if spec else None
    path = Path(folder[0], rest) if folder else Path(uri)
    return path if path.is_file() and path.suffix == ".obj" else None


def read_obj(path: Path) -> tuple[Array, NDArray[np.intp]]:
    """Vertices (vertices, 3) and triangles (faces, 3) of a Wavefront file.

    A library reads materials and textures, too, and takes a second to load.
    """
    lines = path.read_text().splitlines()
    vertices = np.array(" ".join(line[2:] for line in lines if line.startswith("v ")).split(), float).reshape(-1, 3)
    polygons = [[int(corner.partition("/")[0]) for corner in line.split()[1:]] for line in lines if line[:2] == "f "]
    triangles = [(p[0], p[i], p[i + 1]) for p in polygons for i in range(1, len(p) - 1)]
    return vertices, np.array(triangles, np.intp).reshape(-1, 3) - 1


def coarse(vertices_m: Array, faces: NDArray[np.intp], grid_m: float = GRID_M) -> Mesh:
    """The mesh with the vertices of each cell of a grid merged, without the triangles that vanish so."""
    cells = np.round(vertices_m / grid_m).astype(np.int64)
    key = (cells - cells.min(axis=0)) @ (1, 1 << 20, 1 << 40)  # one number a cell, which sorts faster than three
    _, number, count = np.unique(key, return_inverse=True, return_counts=True)
    merged = np.stack([np.bincount(number, column) / count for column in vertices_m.T], axis=1)
    triangles = number[faces]
    a, b, c = triangles.T
    return Mesh(merged, triangles[(a != b) & (b != c) & (c != a)])
