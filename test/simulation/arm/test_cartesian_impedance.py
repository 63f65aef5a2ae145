"""Cartesian impedance: stiff as asked along each axis, stable, and steady where the posture allows less."""

import numpy as np
import pytest

from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.cartesian_impedance import CartesianImpedance
from midp_ros.simulation.arm.robot_options import RobotOptions


@pytest.fixture(scope="module")
def simulation():
    return Simulation("reach", options=RobotOptions(controller="none"))


def held(simulation, stiffness, force_n, cycles=1500):
    """How far (3,) a force on the tool moves it while it is held."""
    simulation.place(simulation.profile.ready_rad)
    arm = simulation.arm
    impedance = CartesianImpedance(arm, simulation.model, simulation.dynamics, np.array(stiffness), np.eye(3))
    start, desired, zero = simulation.tool().position_m, arm.position_rad.tolist(), np.zeros(7)
    arm.wrench = np.append(force_n, np.zeros(3))
    speeds = []
    for _ in range(cycles):
        impedance.command(desired, [0.0] * 7, zero)
        simulation.engine.step()
        arm.read()
        speeds.append(np.abs(arm.velocity_rad_s).max())
    assert max(speeds[-100:]) < 5e-3, "it swings"
    return simulation.tool().position_m - start


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_force_moves_the_tool_by_its_share_of_the_stiffness(simulation, axis):
    stiffness = [400.0, 800.0, 600.0, 30.0, 30.0, 30.0]
    force = 8.0 * np.eye(3)[axis]
    base_in_tool = simulation.model.forward(simulation.profile.ready_rad).rotation.T
    along = np.linalg.inv(base_in_tool.T @ np.diag(stiffness[:3]) @ base_in_tool) @ force
    np.testing.assert_allclose(held(simulation, stiffness, force)[axis], along[axis], rtol=0.25)


def test_the_stiffest_setting_is_stable(simulation):
    moved = held(simulation, [3000.0] * 3 + [300.0] * 3, [10.0, 0.0, 0.0])
    assert abs(moved[0]) < 0.012
