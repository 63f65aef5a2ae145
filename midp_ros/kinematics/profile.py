"""Robot profiles: names, limits and volumes, read from config/robots/*.yaml or another package; imports core only."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.yaml_file import parsed, read_yaml
from midp_ros.core.package_files import package_path
from midp_ros.core.plain_data import build
from midp_ros.core.seams import ROBOTS
from midp_ros.kinematics.profile_parts import CartesianLimits, ElbowJoints, LinkVolumes


def available_robots() -> list[str]:
    """Names of the profiles that this package and others carry."""
    return list(ROBOTS)


@dataclass(frozen=True)
class RobotProfile:
    """One robot's names and limits; arrays have a number for each joint, J1 first. Sources: the profile's YAML file.

    Wrenches (6,) are forces [N], then torques [Nm].

    Attributes:
        robot_type: start of the joints' and links' names in the URDF; empty means the profile's name.
        volumes: None where they are not known: no motion is checked for collisions then.
        elbow: None for an arm without Franka's redundancy.
        cartesian: limits on motions that are commanded in space.
        friction_nm: dry friction of the joints beyond their torque sensors; None: without.
        path: of the file that it was read from.
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
    stiffness_nm_rad: Array
    damping_nm_s_rad: Array
    volumes: LinkVolumes | None
    ready_rad: Array
    gripper_width_max_m: float
    gripper_speed_max_m_s: float
    gripper_force_n: float
    velocity_deceleration_rad_s2: Array | None = None
    velocity_offset_rad_s: Array | None = None
    velocity_position_min_rad: Array | None = None
    velocity_position_max_rad: Array | None = None
    friction_nm: Array | None = None
    robot_type: str = ""
    elbow: ElbowJoints | None = None
    cartesian: CartesianLimits = field(default_factory=CartesianLimits)
    path: str = ""

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            size = 6 if f.name.endswith("_wrench") else self.joints
            if isinstance(value, np.ndarray) and (value.shape != (size,) or not np.isfinite(value).all()):
                raise FileFormatError(f"robot {self.name!r}: {f.name} must be {size} finite numbers, got {value}")
        for joint in (self.elbow.position_joint, self.elbow.sign_joint) if self.elbow else ():
            if not 1 <= joint <= self.joints:
                raise FileFormatError(f"robot {self.name!r}: elbow names joint {joint} of {self.joints}")
        if not (self.position_min_rad < self.position_max_rad).all():
            raise FileFormatError(f"robot {self.name!r}: position_min_rad must be below position_max_rad")

    @classmethod
    def load(cls, name: str | Path) -> RobotProfile:
        """Reads a profile by name, this package's or another one's, or from a YAML file.

        Raises:
            UnknownNameError: lists the known names.
            FileFormatError: the file is missing, no YAML, or no profile; names the key.
        """
        path = ROBOTS.path(name)
        return replace(cls._build(read_yaml(path, "robot profile"), str(path)), path=str(path))

    @classmethod
    def from_text(cls, text: str, whence: str) -> RobotProfile:
        """A profile out of its file's text, as a recording carries it, whether or not this machine knows the robot.

        Args:
            whence: for the message.

        Raises:
            FileFormatError: it is no profile; names the key.
        """
        try:
            return cls._build(parsed(text), whence)
        except yaml.YAMLError as e:
            raise FileFormatError(f"robot profile of {whence} is not valid YAML: {e}") from None

    @classmethod
    def _build(cls, data: Any, whence: str) -> RobotProfile:
        try:
            profile: RobotProfile = build(cls, data, "robot profile", FileFormatError)
        except FileFormatError as e:
            raise FileFormatError(f"{whence}: {e}") from None
        return profile

    @property
    def urdf_path(self) -> Path:
        """The arm's URDF file: beside the profile's, or else one of this package."""
        beside = Path(self.path).parent / self.urdf
        return beside if self.path and beside.is_file() else package_path("urdf", self.urdf)

    @property
    def joints(self) -> int:
        """Joints of the arm."""
        return len(self.joint_names)

    @property
    def own_type(self) -> str:
        """Start of the joints' and links' names in the profile and its URDF."""
        return self.robot_type or self.name

    def velocity_range(self, position_rad: Array, highest_rad: Array | None = None) -> tuple[Array, Array]:
        """Lowest and highest joint velocity [rad/s] at joint positions [rad]: (joints,), or (n, joints) row by row.

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

    def positions_of_speed(self, share: float) -> tuple[Array, Array]:
        """Lowest and highest positions at which a joint may move both ways at a share of its highest velocity [rad]."""
        low_rad, high_rad = self.position_min_rad, self.position_max_rad
        if self.velocity_deceleration_rad_s2 is None:
            return low_rad, high_rad
        assert self.velocity_offset_rad_s is not None
        assert self.velocity_position_max_rad is not None and self.velocity_position_min_rad is not None
        velocity = share * self.velocity_max_rad_s + self.velocity_offset_rad_s
        left_rad = velocity**2 / (2.0 * self.velocity_deceleration_rad_s2)
        low_rad = np.maximum(low_rad, self.velocity_position_min_rad + left_rad)
        return low_rad, np.minimum(high_rad, self.velocity_position_max_rad - left_rad)
