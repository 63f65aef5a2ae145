"""Commands that are prepared for many cycles at once: the arm does exactly what it does batch by batch."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions


def trajectory(simulation, kick_rad):
    """A smooth motion of one second, with a jump of the positions after 330 ms."""
    u = np.linspace(0, 1, 101)[:, None]
    way = 10 * u**3 - 15 * u**4 + 6 * u**5, 30 * u**2 * (1 - u) ** 2, 60 * u - 180 * u**2 + 120 * u**3
    position = simulation.arm.desired_rad + 0.2 * way[0] + np.where(u > 0.33, kick_rad, 0.0)
    velocity, acceleration = (np.tile(0.2 * part, (1, 7)) for part in way[1:])
    return JointTrajectory(simulation.time_s + u[:, 0], position, velocity, acceleration)


@pytest.mark.parametrize("kick_rad", [0.0, 0.002, 0.02])
def test_the_same_motion_and_the_same_reflex_as_batch_by_batch(kick_rad, monkeypatch):
    simulation = Simulation("reach", options=RobotOptions(reflexes=True))
    seen = []
    for ahead in (True, False):
        simulation.reset(3)
        if not ahead:
            monkeypatch.setattr(simulation.robot, "look_ahead", lambda cycles: None)
        simulation.follow(trajectory(simulation, kick_rad))
        commanded = np.concatenate([simulation.advance(0.1) for _ in range(12)])
        arm, reflexes = simulation.arm, simulation.robot.reflexes
        seen.append((commanded, arm.position_rad, arm.external_nm, [(v.index, v.reason) for v in reflexes]))
    for with_it, without in zip(*seen, strict=True):
        np.testing.assert_array_equal(with_it, without)
    assert bool(seen[0][3]) == (kick_rad > 0)


def test_nothing_prepared_outlasts_another_command():
    simulation = Simulation("reach", options=RobotOptions(reflexes=True))
    simulation.follow(trajectory(simulation, 0.0))
    simulation.robot.look_ahead(100)
    simulation.robot.activate("trajectory")
    still = simulation.arm.desired_rad.copy()
    commanded = simulation.robot.advance(50, simulation.engine.step)
    assert np.abs(commanded - still).max() < 1e-3


def test_the_external_torque_is_the_same_whenever_it_is_asked_for():
    simulation = Simulation("reach")
    found = []
    for asked in (True, False):
        simulation.reset(1)
        arm = simulation.arm
        arm.wrench = np.array([4.0, -3.0, 6.0, 0.2, -0.1, 0.15])
        for _ in range(73):
            arm.drive(arm.desired_rad, np.zeros(7), np.zeros(7))
            simulation.engine.step()
            arm.read()
            if asked:
                assert np.isfinite(arm.external_nm).all()
        found.append(arm.external_nm)
    np.testing.assert_array_equal(*found)
