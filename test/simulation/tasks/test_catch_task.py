"""Catch: the belt carries the cube as it says, one observation does not show how fast, and the belt has an end."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.window import ObservationWindow, observation_vector
from midp_ros.simulation import Simulation
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.catch import END_M, MEETING_M, MEETING_S, SPEED_M_S, Catch

CONTRACT = Contract.load("catch")


@pytest.fixture(scope="module")
def simulation():
    return Simulation("catch")


@pytest.fixture(scope="module")
def drawn():
    """Belt speeds and cube positions at the start of 200 episodes."""
    engine, task, found = Engine(), Catch(), []
    for seed in range(200):
        engine.clear()
        task.reset(engine, np.random.default_rng(seed), lambda _: True)
        found.append((task.speed_m_s, task.observe(engine)["object"].position_m))
    engine.close()
    return np.array([speed for speed, _ in found]), np.array([place for _, place in found])


@pytest.mark.parametrize("seed", [0, 2])
def test_the_belt_carries_the_cube_at_its_speed_and_nowhere_else(simulation, seed):
    simulation.reset(seed)
    before_m = simulation.observe()["object_position"]
    simulation.advance(1.5)
    way_m = simulation.observe()["object_position"] - before_m
    np.testing.assert_allclose(way_m, [0.0, 1.5 * simulation.task.speed_m_s, 0.0], atol=1e-3)
    assert simulation.info() == {"belt": "left" if way_m[1] > 0 else "right"}


def test_both_directions_and_the_whole_range_are_drawn(drawn):
    speed_m_s, _ = drawn
    assert 0.4 < (speed_m_s > 0).mean() < 0.6
    assert SPEED_M_S[0] <= np.abs(speed_m_s).min() < SPEED_M_S[0] + 0.003
    assert SPEED_M_S[1] - 0.005 < np.abs(speed_m_s).max() <= SPEED_M_S[1]


def test_where_it_is_grasped_the_place_does_not_show_the_speed(drawn):
    speed_m_s, place_m = drawn
    met_m = place_m[:, 1] + MEETING_S * speed_m_s
    assert np.abs(met_m).max() <= MEETING_M
    assert abs(np.corrcoef(met_m, speed_m_s)[0, 1]) < 0.15


def test_one_observation_does_not_show_the_speed_and_two_do(simulation):
    """Opposite belts under the same cube and the same arm: equal observations, and 0.1 s later other ones."""
    simulation.reset(0)
    position_rad, poses = simulation.arm.position_rad, simulation.task.observe(simulation.engine)
    windows = []
    for seed in (0, 2):
        simulation.reset(seed)
        simulation.place(position_rad)
        simulation.task.place(simulation.engine, poses)
        window = ObservationWindow(CONTRACT)
        for _ in range(2):
            window.push(simulation.time_s, observation_vector(CONTRACT, simulation.observe()))
            simulation.advance(CONTRACT.step_s)
        windows.append((simulation.task.speed_m_s, window.array()))
    (one_m_s, one), (other_m_s, other) = windows
    assert one_m_s > 0 > other_m_s
    np.testing.assert_allclose(one[-2], other[-2], atol=1e-6)
    along = CONTRACT.observation_slices["object_position"].start + 1
    apart_m = one[-1, along] - other[-1, along]
    assert apart_m == pytest.approx(0.1 * (one_m_s - other_m_s), abs=3e-3), "placing the cube has stopped it"


def test_at_the_belts_end_the_episode_has_failed(simulation):
    simulation.reset(2)
    while not simulation.done:
        simulation.advance(0.2)
    assert simulation.failed and simulation.time_s < Catch.time_limit_s
    assert simulation.missing().what == "the cube went by"
    assert simulation.observe()["object_position"][1] == pytest.approx(-END_M, abs=0.03)


def test_a_seed_is_an_episode(simulation):
    ends_m = []
    for seed in (5, 6, 5):
        simulation.reset(seed)
        simulation.advance(0.3)
        ends_m.append(observation_vector(CONTRACT, simulation.observe()))
    np.testing.assert_array_equal(ends_m[0], ends_m[2])
    assert np.abs(ends_m[0] - ends_m[1]).max() > 0.01
