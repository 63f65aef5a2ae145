"""The gripper's TCP commands and its UDP state; imports nothing of ours.

Source: libfranka-common, research_interface/gripper/types.h, version 3: packed and little-endian.
"""

from __future__ import annotations

import struct
from enum import IntEnum

GRIPPER_PORT = 1338
GRIPPER_VERSION = 3
HEADER = struct.Struct("<HII")  # command, command id, size of the whole message
STATE = struct.Struct("<Idd?H")  # message id, width [m], widest opening [m], is grasped, temperature [deg C]


class Command(IntEnum):
    """What a client asks for."""

    CONNECT = 0
    HOMING = 1
    GRASP = 2
    MOVE = 3
    STOP = 4


REQUESTS: dict[int, struct.Struct] = {
    Command.CONNECT: struct.Struct("<HH"),  # version, UDP port of the client
    Command.HOMING: struct.Struct("<"),
    Command.GRASP: struct.Struct("<ddddd"),  # width [m], inner and outer epsilon [m], speed [m/s], force [N]
    Command.MOVE: struct.Struct("<dd"),  # width [m], speed [m/s]
    Command.STOP: struct.Struct("<"),
}


class Status(IntEnum):
    """Answers; of CONNECT the second is an incompatible version."""

    SUCCESS = 0
    FAIL = 1
    UNSUCCESSFUL = 2
    ABORTED = 3


def response(command: int, command_id: int, status: int, more: bytes = b"") -> bytes:
    """A response's bytes: its status, then what only some responses have."""
    return HEADER.pack(command, command_id, HEADER.size + 2 + len(more)) + struct.pack("<H", status) + more
