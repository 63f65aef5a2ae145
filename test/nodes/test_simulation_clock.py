"""Wall time, the graph's time and simulation time."""

import numpy as np
import pytest

from midp_ros.nodes.simulation_clock import SimulationClock


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_it_keeps_pace_with_the_wall_in_whole_physics_steps(factor):
    clock, simulation_s = SimulationClock(100.0, factor), 0.0
    for wall_s in 100.0 + np.cumsum(np.random.default_rng(0).uniform(0.005, 0.02, 500)):
        due_s = clock.due_s(wall_s)
        assert due_s >= 0 and due_s * 1000 == pytest.approx(round(due_s * 1000), abs=1e-9)
        simulation_s += due_s
        assert abs(simulation_s - factor * (wall_s - 100.0)) <= 0.5001e-3


def test_after_a_stall_it_does_not_rush_to_catch_up():
    clock = SimulationClock(0.0)
    assert clock.due_s(10.0) == pytest.approx(0.05)
    assert clock.due_s(10.01) == pytest.approx(0.01)
    assert clock.simulation_time(10.01) == pytest.approx(0.06)


def test_at_real_time_the_graph_lives_on_wall_time():
    clock = SimulationClock(100.0)
    clock.due_s(100.02)
    assert not clock.publishes
    assert clock.graph_time(100.025) == 100.025
    assert clock.simulation_time(100.025) == pytest.approx(0.025)
    clock.start(101.0)
    assert clock.simulation_time(101.5) == pytest.approx(0.5)


def test_at_another_pace_the_graph_lives_on_the_simulation_s_time_which_never_goes_back():
    clock, told = SimulationClock(100.0, 2.0), []
    for i in range(1, 6):
        clock.due_s(100.0 + 0.01 * i)
        told.append(clock.graph_time(0.0))
    assert told == pytest.approx([100.02, 100.04, 100.06, 100.08, 100.10])
    assert clock.simulation_time(100.15) == pytest.approx(0.15)
    clock.start(100.05)
    assert clock.graph_time(0.0) == told[-1], "a reset takes no time"
    assert clock.simulation_time(told[-1] + 0.3) == pytest.approx(0.3)


def test_where_asked_for_it_publishes_at_real_time_too():
    assert SimulationClock(0.0, 1.0, publishes=True).publishes
