"""Summary and files of a planned motion; imports planning, and simulation for the picture."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import require_writable_file, write_bytes, write_text
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.planning import PlanRequest
from midp_ros.planning.scene import CollisionScene

PICTURE, JSON, CSV = ".png", ".json", ".csv"
LOOK_S = 0.02  # between two looks at distances and at the tool
POSTURES, BEADS = 6, 60  # in the picture


def require_known_endings(paths: Sequence[Path]) -> list[Path]:
    """The files, each of which can be written; raises FileFormatError and OutputError."""
    for path in paths:
        if path.suffix.lower() not in (PICTURE, JSON, CSV):
            raise FileFormatError(f"{path}: ends in {path.suffix!r}, need {JSON}, {CSV} or {PICTURE}")
    return [require_writable_file(path) for path in paths]


def summary(motion: JointTrajectory, request: PlanRequest, model: ArmModel, planner: str, taken_s: float) -> list[str]:
    """Lines about a motion: times, the tool's way, the tightest place and the share of each limit."""
    times_s = sampled_s(motion)
    positions_rad, velocity, acceleration = motion.sample_with_acceleration(times_s)
    tool_m = tool_way(model, positions_rad)
    way_m = float(np.linalg.norm(np.diff(tool_m, axis=0), axis=1).sum())
    profile = model.profile
    shares = [
        f"{name} {float((np.abs(value) / limit).max()):.0%}"
        for name, value, limit in (
            ("velocity", velocity, profile.velocity_max_rad_s),
            ("acceleration", acceleration, profile.acceleration_max_rad_s2),
        )
    ]
    scene = CollisionScene(model, request.obstacles, request.table_height_m, request.margin_m)
    nearest = scene.nearest(positions_rad)
    return [
        f"{planner}: {motion.time_s[-1]:.2f} s, {len(motion.time_s)} points, the tool's way {way_m:.2f} m; "
        f"planned in {taken_s:.2f} s",
        f"of the {profile.name}'s limits: {', '.join(shares)}",
        *([f"tightest place: {nearest.apart()}"] if nearest else []),
    ]


def sampled_s(motion: JointTrajectory) -> Array:
    """Times over a motion, both of its ends included [s]."""
    return np.linspace(0.0, motion.time_s[-1], int(np.ceil(motion.time_s[-1] / LOOK_S)) + 1)


def tool_way(model: ArmModel, positions_rad: Array) -> Array:
    """The tool's positions (n, 3) [m] at joint positions (n, joints)."""
    return np.stack([model.forward(position_rad).position_m for position_rad in positions_rad])


def save(path: Path, motion: JointTrajectory, request: PlanRequest, model: ArmModel) -> None:
    """Writes a motion by the file's ending; raises OutputError."""
    kind = path.suffix.lower()
    if kind == PICTURE:
        write_bytes(path, picture(motion, request, model))
    elif kind == JSON:
        write_text(path, json.dumps(plain(motion, request, model), indent=1) + "\n")
    else:
        write_text(path, table(motion, model))


def plain(motion: JointTrajectory, request: PlanRequest, model: ArmModel) -> dict[str, Any]:
    """A motion and what it was planned around, as JSON holds it."""
    return {
        "robot": model.profile.name,
        "joint_names": list(model.profile.joint_names),
        "time_s": motion.time_s.tolist(),
        "position_rad": motion.position_rad.tolist(),
        "velocity_rad_s": motion.velocity_rad_s.tolist(),
        "acceleration_rad_s2": motion.acceleration_rad_s2.tolist(),
        "obstacles": [obstacle.plain() for obstacle in request.obstacles],
    }


def table(motion: JointTrajectory, model: ArmModel) -> str:
    """A motion as CSV: the time [s], then positions [rad], velocities and accelerations, joint by joint."""
    names = model.profile.joint_names
    head = ["time_s", *(f"{n}_{unit}" for unit in ("rad", "rad_s", "rad_s2") for n in names)]
    rows = np.column_stack([motion.time_s, motion.position_rad, motion.velocity_rad_s, motion.acceleration_rad_s2])
    return "\n".join([",".join(head), *(",".join(f"{value:.9g}" for value in row) for row in rows)]) + "\n"


def picture(motion: JointTrajectory, request: PlanRequest, model: ArmModel) -> bytes:
    """A PNG of the arm on its way, from blue to yellow, with the tool's way, among the obstacles."""
    from PIL import Image

    from midp_ros.simulation.mesh_scene import MeshScene

    positions_rad = motion.sample(sampled_s(motion))[0]
    tool_m = tool_way(model, positions_rad)
    scene, content = MeshScene(model.profile, request.obstacles, visuals=True), io.BytesIO()
    try:
        shown = scene.picture(_spread(positions_rad, POSTURES), _spread(tool_m, BEADS))
    finally:
        scene.close()
    Image.fromarray(shown).save(content, "PNG")
    return content.getvalue()


def _spread(rows: Array, count: int) -> Array:
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int)]
