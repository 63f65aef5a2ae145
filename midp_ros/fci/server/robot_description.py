"""The URDF that the robot sends to its clients: the arm alone; imports kinematics."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from midp_ros.kinematics import RobotProfile


def robot_description(profile: RobotProfile) -> str:
    """The arm from link0 to link8 as libfranka expects it.

    Names carry no robot type (libfranka looks for `link8` and `joint1` to `joint7`), hand and fingers are left out,
    since libfranka adds the end effector's mass from the state, and each joint carries the limits of its rate limiter.
    """
    source = ElementTree.parse(profile.urdf_path).getroot()
    kept = {profile.base_frame, profile.flange_frame}
    joints = [joint for joint in source.findall("joint") if joint.get("name") in profile.joint_names]
    for joint in source.findall("joint"):
        if _link(joint, "child") == profile.flange_frame:
            joints.append(joint)
    kept |= {_link(joint, end) for joint in joints for end in ("parent", "child")}
    robot = ElementTree.Element("robot", name=profile.name)
    prefix = f"{profile.own_type}_"
    for link in source.findall("link"):
        if link.get("name") in kept:
            plain = ElementTree.SubElement(robot, "link", name=str(link.get("name")).removeprefix(prefix))
            plain.extend(link.findall("inertial"))
    for joint in joints:
        robot.append(joint)
        joint.set("name", str(joint.get("name")).removeprefix(prefix))
        for end in ("parent", "child"):
            joint.find(end).set("link", _link(joint, end).removeprefix(prefix))  # type: ignore[union-attr]
        if joint.get("type") != "fixed":
            _limit(joint, profile, len(robot.findall("joint")) - 1)
    return ElementTree.tostring(robot, encoding="unicode")


def _link(joint: ElementTree.Element, end: str) -> str:
    return str(joint.find(end).get("link"))  # type: ignore[union-attr]


def _limit(joint: ElementTree.Element, profile: RobotProfile, number: int) -> None:
    offset, deceleration = profile.velocity_offset_rad_s, profile.velocity_deceleration_rad_s2
    if offset is None or deceleration is None:  # the same limit everywhere: min(dq_max, dq_max + sqrt(0))
        offset, deceleration = -profile.velocity_max_rad_s, np.zeros(profile.joints)
    ElementTree.SubElement(
        joint,
        "position_based_velocity_limits",
        velocity_offset=repr(float(offset[number])),
        deceleration_limit=repr(float(deceleration[number])),
    )
