"""MoveIt's parameters: config/moveit, and a description of the robot with the profile's bodies; imports kinematics."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.package_files import package_path
from midp_ros.core.pose import Pose, rotation_about_x, rotation_about_z
from midp_ros.kinematics.clearance import BEFORE_LINKS_M
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.kinematics.profile_parts import Capsule
from midp_ros.planning.request import PlannerMissingError

GROUP = "arm"
QUARTER_RAD = np.pi / 2
# The rotation that takes a cylinder's own axis, z, to an axis of the link.
ALONG = {
    "x": rotation_about_z(QUARTER_RAD) @ rotation_about_x(QUARTER_RAD),
    "y": rotation_about_x(QUARTER_RAD),
    "z": np.eye(3),
}


def parameters(profile: RobotProfile) -> dict[str, Any]:
    """MoveItPy's parameters.

    Raises:
        PlannerMissingError: config/moveit has no folder for the robot.
        FileFormatError: a file is missing or no YAML.
    """
    folder = package_path("config", "moveit")
    own = folder / profile.own_type
    if not own.is_dir():
        there = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_dir()))
        raise PlannerMissingError(
            f"MoveIt is not configured for the {profile.name}: config/moveit has folders for {there}; "
            "planner builtin plans for every robot"
        )
    semantic = own / f"{profile.own_type}.srdf"
    try:
        text = semantic.read_text()
    except OSError as e:
        raise FileFormatError(f"cannot read {semantic}: {e.strerror}") from None
    return {
        "robot_description": solid_description(profile),
        "robot_description_semantic": text,
        "robot_description_kinematics": read_yaml(own / "kinematics.yaml", "kinematics of MoveIt"),
        "robot_description_planning": read_yaml(own / "joint_limits.yaml", "joint limits of MoveIt"),
        **read_yaml(folder / "moveit_cpp.yaml", "configuration of MoveIt"),
        "ompl": read_yaml(folder / "ompl.yaml", "configuration of MoveIt's pipeline"),
    }


def solid_description(profile: RobotProfile) -> str:
    """The robot's URDF with the profile's volumes: bodies on the links, and the volumes that the robot compares itself
    on links of their own, each grown by half of their least distance."""
    robot = ElementTree.parse(profile.urdf_path).getroot()
    for link in robot.iter("link"):
        for tag in ("visual", "collision", "inertial"):
            for part in link.findall(tag):
                link.remove(part)
    volumes = profile.volumes
    if volumes is None or not volumes.bodies:
        raise PlannerMissingError(f"the {profile.name}'s profile has no volumes.bodies, which MoveIt plans with")
    links = {link.get("name"): link for link in robot.iter("link")}
    for body in volumes.bodies:
        _add_capsule(links[f"{profile.own_type}_{body.link}"], body, 0.0)
    grown_m = volumes.safety_distance_m + BEFORE_LINKS_M / 2
    for name in sorted({capsule.link for capsule in volumes.capsules}):
        own = ElementTree.SubElement(robot, "link", name=self_collision_link(profile, name))
        for capsule in volumes.capsules:
            if capsule.link == name:
                _add_capsule(own, capsule, grown_m)
        joint = ElementTree.SubElement(robot, "joint", name=f"{own.get('name')}_joint", type="fixed")
        ElementTree.SubElement(joint, "parent", link=f"{profile.own_type}_{name}")
        ElementTree.SubElement(joint, "child", link=str(own.get("name")))
    return ElementTree.tostring(robot, "unicode")


def self_collision_link(profile: RobotProfile, link: str) -> str:
    """The link that carries what a link is compared with others by, named as franka_description does."""
    return f"{profile.own_type}_{link}_sc"


def solid_links(profile: RobotProfile) -> list[str]:
    """The links that carry bodies."""
    assert profile.volumes is not None
    return sorted({f"{profile.own_type}_{body.link}" for body in profile.volumes.bodies})


def _add_capsule(link: ElementTree.Element, capsule: Capsule, grown_m: float) -> None:
    """URDF knows no capsules: a cylinder with two spheres."""
    turned = rotation_about_z(capsule.yaw_rad)
    along = turned @ ALONG[capsule.axis]
    radius_m, centre_m = capsule.radius_m + grown_m, turned @ capsule.centre_m
    if capsule.length_m > 0:
        size = {"radius": f"{radius_m:.6g}", "length": f"{capsule.length_m:.6g}"}
        _add(link, "cylinder", size, Pose(centre_m, along))
    for end in (-0.5, 0.5) if capsule.length_m > 0 else (0.0,):
        place = Pose(centre_m + end * capsule.length_m * along[:, 2], np.eye(3))
        _add(link, "sphere", {"radius": f"{radius_m:.6g}"}, place)


def _add(link: ElementTree.Element, shape: str, size: dict[str, str], pose: Pose) -> None:
    solid = ElementTree.SubElement(link, "collision")
    angles = roll_pitch_yaw(pose)
    text = {"xyz": " ".join(f"{v:.6g}" for v in pose.position_m), "rpy": " ".join(f"{v:.9g}" for v in angles)}
    ElementTree.SubElement(solid, "origin", text)
    ElementTree.SubElement(ElementTree.SubElement(solid, "geometry"), shape, size)


def roll_pitch_yaw(pose: Pose) -> tuple[float, float, float]:
    """The rotation as URDF writes it: about the fixed x, then y, then z [rad]."""
    m = pose.rotation
    pitch = float(np.arctan2(-m[2, 0], np.hypot(m[0, 0], m[1, 0])))
    if np.hypot(m[0, 0], m[1, 0]) < 1e-9:  # only the sum or difference of the other two is known
        return 0.0, pitch, float(np.arctan2(-m[0, 1], m[1, 1]))
    return float(np.arctan2(m[2, 1], m[2, 2])), pitch, float(np.arctan2(m[1, 0], m[0, 0]))
