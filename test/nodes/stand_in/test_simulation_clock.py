"""Wall time, the graph's time and simulation time."""

import numpy as np
import pytest

from midp_ros.nodes.stand_in.simulation_clock import SimulationClock


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_it_keeps_pace_with_the_wall_in_whole_physics_steps(factor):
    clock, simulation_s = SimulationClock(100.0, factor), 0.0
    for wall_s in 100.0 + np.cumsum(np.random.default_rng(0).uniform(0.005, 0.02, 500)):
        due_s = clock.due_s(wall_s)
        assert due_s >= 0 and due_s * 1000 == pytest.approx(round(due_s * 1000), abs=1e-9)
        simulation_s += due_s
        assert abs(simulation_s - factor * (wall_s - 100.0)) <= 0.5001e-3


def test_after_a_stall_it_catches_up_and_stamps_mean_what_they_meant():
    clock = SimulationClock(0.0)
    due_s = [clock.due_s(2.0 + 0.01 * i) for i in range(100)]
    assert max(due_s) <= 0.1
    assert sum(due_s) == pytest.approx(2.99) and not clock.skipped_s
    assert due_s[-1] == pytest.approx(0.01)
    assert clock.simulation_time(1.5) == pytest.approx(1.5)


def test_states_are_stamped_with_their_own_time_while_it_catches_up():
    clock = SimulationClock(100.0)
    clock.due_s(102.0)
    assert clock.reached_s == pytest.approx(100.1)
    assert clock.graph_time(102.0) == 102.0


def test_after_a_night_s_sleep_it_goes_on_from_where_it_was():
    clock = SimulationClock(0.0)
    assert clock.due_s(3600.0) == pytest.approx(0.1)
    assert clock.due_s(3600.01) == pytest.approx(0.01)
    assert clock.simulation_time(3600.01) == pytest.approx(0.11)
    assert clock.reached_s == pytest.approx(3600.01)


def test_a_machine_that_is_too_slow_leaves_time_out():
    clock, simulated_s, wall_s = SimulationClock(0.0), 0.0, 0.0
    for _ in range(200):  # each slice takes twice as long as it should
        due_s = clock.due_s(wall_s)
        simulated_s += due_s
        wall_s += max(0.01, 2 * due_s)
    assert simulated_s == pytest.approx(wall_s / 2, rel=0.1)
    assert clock.skipped_s == pytest.approx(clock.reached_s - simulated_s) and clock.skipped_s > 0.3 * wall_s
    assert wall_s - clock.reached_s < 3.0


def test_where_the_clock_is_published_time_waits_instead():
    clock = SimulationClock(0.0, publishes=True)
    assert clock.due_s(10.0) == pytest.approx(0.05)
    assert clock.due_s(10.01) == pytest.approx(0.01)
    assert clock.reached_s == clock.graph_time(10.01) == pytest.approx(0.06)


def test_a_message_comes_when_it_was_received_or_where_the_clock_is_published_at_the_time_it_says():
    wall, published = SimulationClock(100.0), SimulationClock(100.0, 2.0)
    for clock in (wall, published):
        clock.due_s(100.01)
    assert wall.arrival(100.013) == pytest.approx(0.013)
    assert published.arrival(100.013) == pytest.approx(0.02)


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


@pytest.mark.parametrize("publishes", [False, True])
def test_a_time_of_day_costs_a_stamp_no_precision(publishes):
    noon_s = 1.79e9
    clock = SimulationClock(noon_s, publishes=publishes)
    for i in range(1, 1000):
        clock.due_s(noon_s + 0.01 * i)
    ahead_s = clock.simulation_time(noon_s + 32.0) - clock.simulation_time(noon_s + 31.5)  # both exact as doubles
    assert clock.simulation_time(noon_s + 32.0) == pytest.approx(32.0, abs=1e-12)
    assert ahead_s == pytest.approx(0.5, abs=1e-12)


def test_where_asked_for_it_publishes_at_real_time_too():
    assert SimulationClock(0.0, 1.0, publishes=True).publishes
