"""Readers of observations: from a message to an entry's values, by message type; imports core and kinematics.

A reader's factory gets a contract's entry and the robot's profile, and returns a function from a message to the values
(size,); it raises ContractError for a field or a size that it does not know, and its function ObservationError for a
message that must not be acted on. Another package brings one for a further type by an entry point of the group
`midp_ros.observations`, named after the type; a picture is read the same way, as a vector of the entry's size.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from midp_ros.control.observations.message_values import joints_from_message, pose_from_message, vector_from_message
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Entry
from midp_ros.core.errors import ContractError, UnknownNameError
from midp_ros.core.seams import OBSERVATIONS
from midp_ros.kinematics import RobotProfile

Reader = Callable[[Any], Array]
VECTORS = {
    "geometry_msgs/msg/PointStamped": ("point",),
    "geometry_msgs/msg/TwistStamped": ("twist.linear", "twist.angular"),
    "geometry_msgs/msg/WrenchStamped": ("wrench.force", "wrench.torque"),
}


def entry_reader(entry: Entry, profile: RobotProfile) -> Reader:
    """Reader of an entry's value (size,).

    Raises:
        ContractError: no topic, or a message type, field or size that no reader knows.
        EntryPointError: another package's reader fails to import.
    """
    if not entry.topic:
        raise ContractError(f"observation {entry.name!r} cannot be read over ROS: the contract names no topic")
    try:
        factory = OBSERVATIONS.load(entry.type)
    except UnknownNameError as e:
        raise ContractError(f"observation {entry.name!r} cannot be read over ROS: {e}") from None
    reader: Reader = factory(entry, profile)
    return reader


def joint_state_reader(entry: Entry, profile: RobotProfile) -> Reader:
    """Position, velocity or effort of the arm's joints, or the gripper's width from the fingers' positions."""
    fields, joints, fingers = ("position", "velocity", "effort"), profile.joint_names, profile.finger_joint_names
    if entry.field in fields and entry.size == len(joints):
        return lambda message: joints_from_message(message, joints, entry.field)
    if entry.field == "position" and entry.size == 1:
        # Each finger reports its own way from the middle; the width is both.
        return lambda message: joints_from_message(message, fingers, "position").sum(keepdims=True)
    raise unreadable(entry, [*(f"{field} of size {len(joints)}" for field in fields), "position of size 1"])


def pose_reader(entry: Entry, profile: RobotProfile) -> Reader:
    """Position, or rotation as six numbers (core.pose)."""
    if (entry.field, entry.size) == ("pose.position", 3):
        return lambda message: pose_from_message(message).position_m
    if (entry.field, entry.size) == ("pose.orientation", 6):
        return lambda message: pose_from_message(message).rotation6
    raise unreadable(entry, ["pose.position of size 3", "pose.orientation of size 6"])


def vector_reader(entry: Entry, profile: RobotProfile) -> Reader:
    """Point, linear or angular velocity, force or torque."""
    fields = VECTORS[entry.type]
    if entry.field in fields and entry.size == 3:
        part = attrgetter(entry.field)
        return lambda message: vector_from_message(part(message), entry.field)
    raise unreadable(entry, [f"{field} of size 3" for field in fields])


def unreadable(entry: Entry, known: list[str]) -> ContractError:
    """The error for a field or a size that a reader of the entry's type does not know."""
    return ContractError(
        f"observation {entry.name!r} cannot be read over ROS: field {entry.field!r} of size {entry.size} of "
        f"{entry.type}; known: {', '.join(known)}"
    )
