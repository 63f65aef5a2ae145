"""Robot profiles: names and limits, read from config/robots/*.yaml; imports core only."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import yaml

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.package_files import package_path


def available_robots() -> list[str]:
    """Names of the profiles that the package carries."""
    return sorted(p.stem for p in package_path("config", "robots").glob("*.yaml"))


@dataclass(frozen=True)
class RobotProfile:
    """One robot's names and limits; arrays run J1 .. J7. Sources stand in the profile's YAML file.

    Wrenches (6,) are forces [N], then torques [Nm].
    """

    name: str
    urdf: str
    joint_names: tuple[str, ...]
    finger_joint_names: tuple[str, ...]
    root_frame: str
    base_frame: str
    flange_frame: str
    hand_frame: str
    tool_frame: str
    gripper_node: str
    broadcaster_reliability: str
    position_min_rad: Array
    position_max_rad: Array
    velocity_max_rad_s: Array
    acceleration_max_rad_s2: Array
    jerk_max_rad_s3: Array
    torque_max_nm: Array
    torque_rate_max_nm_s: Array
    tool_speed_max_m_s: float
    contact_torque_nm: Array
    collision_torque_nm: Array
    contact_wrench: Array
    collision_wrench: Array
    ready_rad: Array
    gripper_width_max_m: float
    gripper_speed_max_m_s: float
    gripper_force_n: float
    velocity_deceleration_rad_s2: Array | None = None
    velocity_offset_rad_s: Array | None = None
    velocity_position_min_rad: Array | None = None
    velocity_position_max_rad: Array | None = None

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            size = 6 if f.name.endswith("_wrench") else len(self.joint_names)
            if isinstance(value, np.ndarray) and (value.shape != (size,) or not np.isfinite(value).all()):
                raise FileFormatError(f"robot {self.name!r}: {f.name} must be {size} finite numbers, got {value}")
        if not (self.position_min_rad < self.position_max_rad).all():
            raise FileFormatError(f"robot {self.name!r}: position_min_rad must be below position_max_rad")

    @classmethod
    def load(cls, name: str) -> RobotProfile:
        """Reads a profile by name; raises UnknownNameError that lists the known ones."""
        known = available_robots()
        if name not in known:
            raise UnknownNameError("robot", name, known)
        data = yaml.safe_load(package_path("config", "robots", f"{name}.yaml").read_text())
        allowed = {f.name for f in fields(cls)}
        if unknown := set(data) - allowed:
            raise FileFormatError(f"robot {name!r}: unknown key {sorted(unknown)[0]!r}; known: {sorted(allowed)}")
        for key, value in data.items():
            if isinstance(value, list):
                text = isinstance(value[0], str)
                data[key] = tuple(value) if text else np.array(value, float)
        return cls(**data)

    @property
    def urdf_path(self) -> Path:
        """The arm's URDF file."""
        return package_path("urdf", self.urdf)

    def velocity_range(self, position_rad: Array, highest_rad: Array | None = None) -> tuple[Array, Array]:
        """Lowest and highest joint velocity [rad/s] at joint positions [rad]: (7,), or (n, 7) row by row.

        FR3: dq_max(q) = min(dq_max, max(0, -offset + sqrt(max(0, 2 dec (q_max - q))))), and its mirror image
        (Franka documentation, "Limits for Franka Research 3"); a Panda's limits do not depend on the position.

        Args:
            highest_rad: where the highest velocity is asked for, if elsewhere.
        """
        highest_rad = position_rad if highest_rad is None else highest_rad
        high = self.velocity_max_rad_s
        if self.velocity_deceleration_rad_s2 is None:
            return np.broadcast_to(-high, position_rad.shape).copy(), np.broadcast_to(high, highest_rad.shape).copy()
        assert self.velocity_offset_rad_s is not None
        assert self.velocity_position_max_rad is not None and self.velocity_position_min_rad is not None
        left_rad = np.empty((2, *position_rad.shape))
        np.subtract(position_rad, self.velocity_position_min_rad, out=left_rad[0])
        np.subtract(self.velocity_position_max_rad, highest_rad, out=left_rad[1])
        root = np.sqrt(np.maximum(0.0, 2.0 * self.velocity_deceleration_rad_s2 * left_rad))
        fastest = np.minimum(high, np.maximum(0.0, root - self.velocity_offset_rad_s))
        return -fastest[0], fastest[1]
