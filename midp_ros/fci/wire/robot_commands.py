"""The robot's TCP commands: requests and the statuses of their responses; imports nothing of ours.

Source: libfranka-common, research_interface/robot/service_types.h, version 10. A message is a header, then the request
or the response, packed and little-endian; the header's size counts the whole message.
"""

from __future__ import annotations

import struct
from enum import IntEnum

HEADER = struct.Struct("<III")  # command, command id, size of the whole message


class Command(IntEnum):
    """What a client asks for."""

    CONNECT = 0
    MOVE = 1
    STOP_MOVE = 2
    SET_COLLISION_BEHAVIOR = 3
    SET_JOINT_IMPEDANCE = 4
    SET_CARTESIAN_IMPEDANCE = 5
    SET_GUIDING_MODE = 6
    SET_EE_TO_K = 7
    SET_NE_TO_EE = 8
    SET_LOAD = 9
    AUTOMATIC_ERROR_RECOVERY = 10
    GET_ROBOT_MODEL = 11


REQUESTS: dict[int, struct.Struct] = {
    Command.CONNECT: struct.Struct("<HH"),  # version, UDP port of the client
    # Controller, motion generator, path deviation and goal deviation (translation [m], rotation [rad], elbow [rad]
    # each), whether the robot plans the motion to each target by itself, and its highest velocities [rad/s].
    Command.MOVE: struct.Struct("<II3d3d?7d"),
    Command.STOP_MOVE: struct.Struct("<"),
    # Lower and upper thresholds: torques while accelerating, torques, forces while accelerating, forces.
    Command.SET_COLLISION_BEHAVIOR: struct.Struct("<7d7d7d7d6d6d6d6d"),
    Command.SET_JOINT_IMPEDANCE: struct.Struct("<7d"),
    Command.SET_CARTESIAN_IMPEDANCE: struct.Struct("<6d"),
    Command.SET_GUIDING_MODE: struct.Struct("<6??"),
    Command.SET_EE_TO_K: struct.Struct("<16d"),
    Command.SET_NE_TO_EE: struct.Struct("<16d"),
    Command.SET_LOAD: struct.Struct("<d3d9d"),
    Command.AUTOMATIC_ERROR_RECOVERY: struct.Struct("<"),
    Command.GET_ROBOT_MODEL: struct.Struct("<"),
}


class SetterStatus(IntEnum):
    """Answers to the commands that set something."""

    SUCCESS = 0
    COMMAND_NOT_POSSIBLE_REJECTED = 1
    INVALID_ARGUMENT_REJECTED = 2


class MoveStatus(IntEnum):
    """Answers to MOVE: one at its start, another at its end."""

    SUCCESS = 0
    MOTION_STARTED = 1
    PREEMPTED = 2
    COMMAND_NOT_POSSIBLE_REJECTED = 5
    START_AT_SINGULAR_POSE_REJECTED = 6
    INVALID_ARGUMENT_REJECTED = 7
    REFLEX_ABORTED = 8
    EMERGENCY_ABORTED = 9
    INPUT_ERROR_ABORTED = 10
    ABORTED = 11


class StopStatus(IntEnum):
    """Answers to STOP_MOVE."""

    SUCCESS = 0
    COMMAND_NOT_POSSIBLE_REJECTED = 1
    EMERGENCY_ABORTED = 3
    REFLEX_ABORTED = 4
    ABORTED = 5


class RecoveryStatus(IntEnum):
    """Answers to AUTOMATIC_ERROR_RECOVERY."""

    SUCCESS = 0
    COMMAND_NOT_POSSIBLE_REJECTED = 1
    MANUAL_ERROR_RECOVERY_REQUIRED_REJECTED = 3
    REFLEX_ABORTED = 4
    EMERGENCY_ABORTED = 5
    ABORTED = 6


def response(command: int, command_id: int, status: int, more: bytes = b"") -> bytes:
    """A response's bytes: its status, then what only some responses have."""
    return HEADER.pack(command, command_id, HEADER.size + 1 + len(more)) + bytes((status,)) + more
