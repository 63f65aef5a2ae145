"""The robot's UDP packets: its state, and the command of a client; imports numpy.

Source: structs RobotState and RobotCommand of libfranka-common, research_interface/robot/rbk_types.h, version 10:
packed, little-endian, matrices column by column; the state in single, the command in double precision.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

ROBOT_PORT = 1337
ROBOT_VERSION = 10


class MotionGeneratorMode(IntEnum):
    """Of the state; a Move request counts from JOINT_POSITION = 0 on."""

    IDLE = 0
    JOINT_POSITION = 1
    JOINT_VELOCITY = 2
    CARTESIAN_POSITION = 3
    CARTESIAN_VELOCITY = 4
    NONE = 5


class ControllerMode(IntEnum):
    """Of the state and of a Move request, which lacks OTHER."""

    JOINT_IMPEDANCE = 0
    CARTESIAN_IMPEDANCE = 1
    EXTERNAL = 2
    OTHER = 3


_FLOATS = {
    **dict.fromkeys(("O_T_EE", "O_T_EE_d", "F_T_EE", "EE_T_K", "F_T_NE", "NE_T_EE"), 16),
    **{"m_ee": 1, "I_ee": 9, "F_x_Cee": 3, "m_load": 1, "I_load": 9, "F_x_Cload": 3},
    **dict.fromkeys(("elbow", "elbow_d"), 2),
    **dict.fromkeys(("tau_J", "tau_J_d", "dtau_J", "q", "q_d", "dq", "dq_d", "ddq_d"), 7),
    **{"joint_contact": 7, "cartesian_contact": 6, "joint_collision": 7, "cartesian_collision": 6},
    **{"tau_ext_hat_filtered": 7, "O_F_ext_hat_K": 6, "K_F_ext_hat_K": 6, "O_dP_EE_d": 6, "O_ddP_O": 3},
    **dict.fromkeys(("elbow_c", "delbow_c", "ddelbow_c"), 2),
    **{"O_T_EE_c": 16, "O_dP_EE_c": 6, "O_ddP_EE_c": 6, "theta": 7, "dtheta": 7},
    **dict.fromkeys(("accelerometer_top", "accelerometer_bottom"), 18),
}
STATE = np.dtype(
    [
        ("message_id", "<u8"),
        *((name, "<f4", (size,)) for name, size in _FLOATS.items()),
        ("motion_generator_mode", "u1"),
        ("controller_mode", "u1"),
        ("errors", "?", (41,)),
        ("reflex_reason", "?", (41,)),
        ("robot_mode", "u1"),
        ("control_command_success_rate", "<f4"),
    ]
)

COMMAND = struct.Struct("<Q7d7d16d6d2d??7d?")


@dataclass(frozen=True, slots=True)
class RobotCommand:
    """One millisecond's command of a client; which fields count depends on the running motion.

    Attributes:
        message_id: of the state that it answers.
        q_c, dq_c: joint positions [rad] and velocities [rad/s] (7,).
        pose_c: O_T_EE (16,), column by column.
        twist_c: O_dP_EE (6,), linear [m/s] first.
        elbow_c: (2,), None where the client leaves the elbow free.
        torque_d: tau_J_d [Nm] (7,), without gravity.
        motion_finished, torque_finished: the motion ends with this command.
    """

    message_id: int
    q_c: tuple[float, ...]
    dq_c: tuple[float, ...]
    pose_c: tuple[float, ...]
    twist_c: tuple[float, ...]
    elbow_c: tuple[float, ...] | None
    motion_finished: bool
    torque_d: tuple[float, ...]
    torque_finished: bool

    @classmethod
    def from_bytes(cls, data: bytes) -> RobotCommand:
        """Reads a packet; raises struct.error for another size."""
        v = COMMAND.unpack(data)
        elbow_c = v[37:39] if v[39] else None
        return cls(v[0], v[1:8], v[8:15], v[15:31], v[31:37], elbow_c, v[40], v[41:48], v[48])

    def to_bytes(self) -> bytes:
        """The packet, as a client sends it."""
        return COMMAND.pack(
            self.message_id, *self.q_c, *self.dq_c, *self.pose_c, *self.twist_c, *(self.elbow_c or (0.0, 0.0)),
            self.elbow_c is not None, self.motion_finished, *self.torque_d, self.torque_finished,
        )  # fmt: skip
