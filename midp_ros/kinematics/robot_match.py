"""Whether a contract, a robot profile and the names on a graph mean the same robot; imports core only."""

from __future__ import annotations

from midp_ros.core.errors import ContractMismatchError, MidpError
from midp_ros.kinematics.profile import RobotProfile

# Franka's robot types, by which joints and links are named, and the profile of each.
ROBOT_OF_TYPE = {"fr3": "fr3", "fr3v2": "fr3", "fp3": "fr3", "panda": "panda", "fer": "panda"}


def robot_difference(robot: str, profile: RobotProfile, robot_type: str = "") -> str:
    """In what the robot of a contract and the one that is driven differ; empty if they are the same.

    Args:
        robot: the contract's: a profile's name or file.
        profile: of the robot that is driven.
        robot_type: by which its joints are named; empty: the profile's own.
    """
    wanted, driven = _kind(robot), _kind_of_type(profile.own_type)
    if wanted != driven:
        return f"the contract is for robot {robot!r}, the robot is {profile.name!r}"
    named = ROBOT_OF_TYPE.get(robot_type, wanted)
    if named != wanted:
        return f"the contract is for robot {robot!r}, robot_type {robot_type!r} names the joints of {named!r}"
    return ""


def require_robot(robot: str, profile: RobotProfile, robot_type: str = "") -> None:
    """Raises ContractMismatchError where `robot_difference` finds one."""
    if difference := robot_difference(robot, profile, robot_type):
        remedy = f"use a model for {profile.name!r}, or drive {robot!r} (parameters robot and robot_type)"
        raise ContractMismatchError(f"{difference}: {remedy}")


def _kind(robot: str) -> str:
    try:
        return _kind_of_type(RobotProfile.load(robot).own_type)
    except MidpError:
        return _kind_of_type(robot)  # a profile that is not installed here


def _kind_of_type(own_type: str) -> str:
    return ROBOT_OF_TYPE.get(own_type, own_type)
