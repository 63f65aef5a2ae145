"""Push: the block slides as its friction says, and only a covered target counts."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.pose import Pose, rotation_about_z
from midp_ros.simulation import Simulation
from midp_ros.simulation.engine import GRAVITY_M_S2
from midp_ros.simulation.tasks.push import BOXES, FRICTION, MASS_KG


def block_of(simulation):
    return simulation.task.observe(simulation.engine)["object"]


def test_the_block_lies_still_and_slides_as_far_as_its_friction_lets_it():
    simulation = Simulation("push")
    simulation.advance(0.3)
    before = block_of(simulation)
    simulation.advance(0.3)
    np.testing.assert_allclose(block_of(simulation).position_m, before.position_m, atol=1e-5)
    simulation.engine.client.resetBaseVelocity(simulation.task._block, [0.0, 0.4, 0.0], [0.0, 0.0, 0.0])
    simulation.advance(0.5)
    expected_m = 0.4**2 / (2 * FRICTION * GRAVITY_M_S2)
    np.testing.assert_allclose(block_of(simulation).position_m - before.position_m, [0, expected_m, 0], atol=3e-4)


def test_its_frame_is_its_centre_of_mass():
    volumes = np.array([np.prod(half) for half, _ in BOXES])
    centres = np.array([centre for _, centre in BOXES])
    np.testing.assert_allclose(volumes @ centres, 0.0, atol=1e-12)
    simulation = Simulation("push")
    mass_kg, _, _, offset_m = simulation.engine.client.getDynamicsInfo(simulation.task._block, -1)[:4]
    assert mass_kg == MASS_KG
    np.testing.assert_allclose(offset_m, 0.0)


@pytest.mark.parametrize(
    ("shift_m", "turn_rad", "enough"), [(0.004, 0.0, True), (0.0, 0.05, True), (0.012, 0.0, False)]
)
def test_a_target_that_is_covered_for_half_a_second_is_success(shift_m, turn_rad, enough):
    simulation = Simulation("push")
    goal = simulation.task.observe(simulation.engine)["goal"]
    near = goal @ Pose(np.array([shift_m, 0.0, 0.0]), rotation_about_z(turn_rad))
    simulation.task.place(simulation.engine, {"object": near, "goal": goal})
    distance_m, angle_rad = simulation.task.tool_error(simulation.engine, simulation.tool())
    assert (distance_m, angle_rad) == pytest.approx((shift_m, turn_rad), abs=1e-6)
    simulation.advance(0.4)
    assert not simulation.status().success
    simulation.advance(0.2)
    assert simulation.status().success == enough


def test_starts_and_goals_vary_and_differ():
    simulation = Simulation("push")
    goals, blocks = [], []
    for seed in range(40):
        simulation.reset(seed)
        poses = simulation.task.observe(simulation.engine)
        goals.append(poses["goal"].position_m)
        blocks.append(poses["object"].position_m)
        assert simulation.gripper.width_m < 0.001, "the fingers are closed"
        assert not simulation.task.satisfied(simulation.engine, simulation.tool())
    assert np.linalg.norm(np.subtract(goals, blocks), axis=1).min() >= 0.06
    assert (np.std(blocks, axis=0)[:2] > [0.03, 0.06]).all()
    assert (np.std(goals, axis=0)[:2] > [0.02, 0.04]).all()
