"""Setpoints as libfranka's commands."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("pylibfranka", reason="the extra `fci` brings it")

from midp_ros.core.errors import UnknownNameError
from midp_ros.fci.client.joint_interfaces import CYCLE_S, TorqueInterface, joint_interface
from midp_ros.kinematics import RobotProfile

PROFILE = RobotProfile.load("fr3")
STILL = np.zeros(7)


def state(**values):
    at_rest = {"q": PROFILE.ready_rad, "q_d": PROFILE.ready_rad, "dq": STILL, "tau_J_d": STILL} | values
    return SimpleNamespace(**{name: list(each) for name, each in at_rest.items()})


def ramp(cycles):
    """Positions that leave the ready pose at 0.1 rad/s, with velocities and no accelerations."""
    positions = PROFILE.ready_rad + 0.1 * CYCLE_S * np.arange(1, cycles + 1)[:, None]
    return positions, np.full_like(positions, 0.1), np.zeros_like(positions)


def test_velocities_add_up_to_the_positions_over_several_calls():
    interface = joint_interface("velocity", PROFILE)
    start = interface.begin(state())
    rows = [*interface.rows(ramp(20)), *interface.rows(tuple(x[-1:] for x in ramp(21)))]
    travelled = sum(np.array(interface.command(row, state()).dq) * CYCLE_S for row in rows)
    np.testing.assert_allclose(start + travelled, ramp(21)[0][-1], atol=1e-12)


def test_position_commands_are_the_setpoints_and_continue_the_desired_positions():
    interface = joint_interface("position", PROFILE)
    desired = PROFILE.ready_rad + 0.01  # of which a sagging arm falls short
    np.testing.assert_array_equal(interface.begin(state(q_d=desired)), desired)
    last = interface.command(interface.rows(ramp(5))[-1], state())
    np.testing.assert_array_equal(last.q, ramp(5)[0][-1])


def test_torques_hold_an_arm_at_rest_with_none_as_the_robot_carries_its_weight():
    interface = TorqueInterface(PROFILE)
    interface.begin(state())
    at_rest = tuple(x[:1] for x in (PROFILE.ready_rad[None], STILL[None], STILL[None]))
    np.testing.assert_allclose(interface.command(interface.rows(at_rest)[0], state()).tau_J, 0.0, atol=1e-9)


def test_torques_change_no_faster_than_the_robot_allows_and_stay_within_its_limits():
    interface = TorqueInterface(PROFILE)
    interface.begin(state())
    far = PROFILE.ready_rad[None] + 1.0, STILL[None], STILL[None]
    torques = [np.array(interface.command(interface.rows(far)[0], state()).tau_J) for _ in range(200)]
    rate = np.diff([STILL, *torques], axis=0) / CYCLE_S
    assert (np.abs(rate) <= PROFILE.torque_rate_max_nm_s).all()
    np.testing.assert_allclose(torques[-1], np.minimum(PROFILE.stiffness_nm_rad, PROFILE.torque_max_nm), rtol=1e-9)


def test_an_unknown_mode_is_named_with_the_known_ones():
    with pytest.raises(UnknownNameError, match="'effort'; known: position, torque, velocity"):
        joint_interface("effort", PROFILE)
