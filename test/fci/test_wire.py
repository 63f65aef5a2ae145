"""The wire's layouts, byte by byte, as a compiler lays out the structs of libfranka's public headers (version 10)."""

import struct

import numpy as np
import pytest

from midp_ros.fci.wire import gripper_packets, robot_commands
from midp_ros.fci.wire.error_flags import ERROR_FLAGS, flags_of
from midp_ros.fci.wire.robot_commands import REQUESTS, Command
from midp_ros.fci.wire.robot_packets import COMMAND, STATE, RobotCommand

# offsetof and sizeof of research_interface::robot::RobotState; the whole has 1377 bytes.
ROBOT_STATE = {
    "message_id": (0, 8),
    "O_T_EE": (8, 64),
    "O_T_EE_d": (72, 64),
    "F_T_EE": (136, 64),
    "EE_T_K": (200, 64),
    "F_T_NE": (264, 64),
    "NE_T_EE": (328, 64),
    "m_ee": (392, 4),
    "I_ee": (396, 36),
    "F_x_Cee": (432, 12),
    "m_load": (444, 4),
    "I_load": (448, 36),
    "F_x_Cload": (484, 12),
    "elbow": (496, 8),
    "elbow_d": (504, 8),
    "tau_J": (512, 28),
    "tau_J_d": (540, 28),
    "dtau_J": (568, 28),
    "q": (596, 28),
    "q_d": (624, 28),
    "dq": (652, 28),
    "dq_d": (680, 28),
    "ddq_d": (708, 28),
    "joint_contact": (736, 28),
    "cartesian_contact": (764, 24),
    "joint_collision": (788, 28),
    "cartesian_collision": (816, 24),
    "tau_ext_hat_filtered": (840, 28),
    "O_F_ext_hat_K": (868, 24),
    "K_F_ext_hat_K": (892, 24),
    "O_dP_EE_d": (916, 24),
    "O_ddP_O": (940, 12),
    "elbow_c": (952, 8),
    "delbow_c": (960, 8),
    "ddelbow_c": (968, 8),
    "O_T_EE_c": (976, 64),
    "O_dP_EE_c": (1040, 24),
    "O_ddP_EE_c": (1064, 24),
    "theta": (1088, 28),
    "dtheta": (1116, 28),
    "accelerometer_top": (1144, 72),
    "accelerometer_bottom": (1216, 72),
    "motion_generator_mode": (1288, 1),
    "controller_mode": (1289, 1),
    "errors": (1290, 41),
    "reflex_reason": (1331, 41),
    "robot_mode": (1372, 1),
    "control_command_success_rate": (1373, 4),
}
# sizeof of the requests' structs.
SIZES = {"CONNECT": 4, "MOVE": 113, "SET_COLLISION_BEHAVIOR": 416}
SIZES |= {"SET_JOINT_IMPEDANCE": 56, "SET_CARTESIAN_IMPEDANCE": 48}
SIZES |= {"SET_GUIDING_MODE": 7, "SET_EE_TO_K": 128, "SET_NE_TO_EE": 128, "SET_LOAD": 104}
SIZES |= dict.fromkeys(("STOP_MOVE", "AUTOMATIC_ERROR_RECOVERY", "GET_ROBOT_MODEL"), 0)


def test_the_state_has_every_field_where_the_header_has_it():
    assert {name: (STATE.fields[name][1], STATE.fields[name][0].itemsize) for name in STATE.names} == ROBOT_STATE
    assert STATE.itemsize == 1377


def test_a_command_has_every_field_where_the_header_has_it():
    assert COMMAND.size == 371
    numbers = iter(range(1, 100))
    take = lambda count: tuple(float(next(numbers)) for _ in range(count))  # noqa: E731
    command = RobotCommand(9, take(7), take(7), take(16), take(6), take(2), True, take(7), True)
    data = command.to_bytes()
    for offset, values in (
        (8, command.q_c), (64, command.dq_c), (120, command.pose_c), (248, command.twist_c),
        (296, command.elbow_c), (314, command.torque_d),
    ):  # fmt: skip
        assert struct.unpack_from(f"<{len(values)}d", data, offset) == values
    assert (struct.unpack_from("<Q", data), data[312], data[313], data[370]) == ((9,), 1, 1, 1)
    assert RobotCommand.from_bytes(data) == command


def test_a_command_without_an_elbow_says_so():
    command = RobotCommand(1, (0.0,) * 7, (0.0,) * 7, (0.0,) * 16, (0.0,) * 6, None, False, (0.0,) * 7, False)
    assert RobotCommand.from_bytes(command.to_bytes()).elbow_c is None
    with pytest.raises(struct.error):
        RobotCommand.from_bytes(command.to_bytes()[:-1])


def test_requests_have_the_sizes_of_the_headers():
    assert {Command(c).name: layout.size for c, layout in REQUESTS.items()} == SIZES


def test_responses_carry_their_whole_size_and_the_status_right_after():
    assert robot_commands.response(1, 5, 8) == struct.pack("<IIIB", 1, 5, 13, 8)
    assert gripper_packets.response(2, 5, 3) == struct.pack("<HIIH", 2, 5, 12, 3)
    assert gripper_packets.STATE.size == 23


def test_the_flags_are_libfrankas_forty_one():
    assert len(set(ERROR_FLAGS)) == 41
    flags = flags_of({"joint_reflex", "communication_constraints_violation"})
    np.testing.assert_array_equal(np.flatnonzero(flags), [6, 25])
    with pytest.raises(KeyError):
        flags_of({"no such error"})
