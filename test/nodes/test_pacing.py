"""Wall time and simulation time."""

import numpy as np
import pytest

from midp_ros.core.chunk import JointTrajectory
from midp_ros.nodes.pacing import Pacing


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_it_keeps_pace_with_the_wall_in_whole_physics_steps(factor):
    pacing, simulation_s = Pacing(factor), 0.0
    pacing.start(100.0, 0.0)
    for wall_s in 100.0 + np.cumsum(np.random.default_rng(0).uniform(0.005, 0.02, 500)):
        due_s = pacing.due_s(wall_s, simulation_s)
        assert due_s >= 0 and due_s * 1000 == pytest.approx(round(due_s * 1000), abs=1e-9)
        simulation_s += due_s
        assert abs(simulation_s - factor * (wall_s - 100.0)) <= 0.5001e-3


def test_after_a_stall_it_does_not_rush_to_catch_up():
    pacing = Pacing(1.0)
    pacing.start(0.0, 0.0)
    assert pacing.due_s(10.0, 0.0) == pytest.approx(0.05)
    assert pacing.due_s(10.01, 0.05) == pytest.approx(0.01)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_trajectory_passes_the_same_points_at_the_same_wall_times(factor):
    pacing = Pacing(factor)
    pacing.start(100.0, 3.0)
    rng = np.random.default_rng(1)
    wall = JointTrajectory(100.0 + 0.1 * np.arange(5), rng.normal(size=(5, 7)), rng.normal(size=(5, 7)))
    simulated = pacing.trajectory(wall)
    for wall_s in np.linspace(100.0, 100.45, 20):
        position, velocity = wall.sample(wall_s)
        there, speed = simulated.sample(pacing.simulation_time(wall_s))
        np.testing.assert_allclose(there, position, atol=1e-9)
        np.testing.assert_allclose(speed * factor, velocity, atol=1e-9)
