"""Trace: the whole path counts, in order, and the mean distance decides."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.errors import CommandError, MidpError
from midp_ros.core.pose import Pose, tool_down
from midp_ros.drawing import DrawnPath, Placement
from midp_ros.simulation import Simulation, make_task
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.trace import Trace

ANGLE = np.linspace(0.0, 2 * np.pi, 400)
EIGHT_M = np.column_stack([0.5 + 0.12 * np.sin(ANGLE), 0.08 * np.sin(2 * ANGLE), np.full(400, 0.2)])  # crosses itself


@pytest.fixture
def engine():
    engine = Engine()
    yield engine
    engine.close()


def traced(engine, points_m, path_m=EIGHT_M):
    """Whether a tool that goes through the points has traced the path, and the mean distance [m]."""
    task = Trace(path_m)
    task.reset(engine, np.random.default_rng(0), lambda tool: True)
    judged = [task.satisfied(engine, Pose(p, tool_down(0.0))) for p in points_m]
    return judged[-1], task.mean_distance_m


def test_who_goes_along_it_has_traced_it(engine):
    success, mean_m = traced(engine, EIGHT_M)
    assert success and mean_m < 1e-3


def test_part_of_it_or_the_other_way_round_is_not_enough(engine):
    assert not traced(engine, EIGHT_M[:380])[0]
    assert not traced(engine, EIGHT_M[::-1])[0]
    loop = len(EIGHT_M) // 2
    assert not traced(engine, np.concatenate([EIGHT_M[:5], EIGHT_M[loop:]]))[0], "one loop of the eight is left out"


@pytest.mark.parametrize(("offset_m", "success"), [(0.003, True), (0.007, False)])
def test_the_mean_distance_decides(engine, offset_m, success):
    beside = EIGHT_M + np.array([0.0, 0.0, offset_m])
    got, mean_m = traced(engine, np.concatenate([EIGHT_M[:1], beside]))
    assert got == success
    assert mean_m == pytest.approx(offset_m, rel=0.05)


def test_leaving_the_path_and_coming_back_is_counted(engine):
    away = EIGHT_M[100] + np.linspace(0.0, 1.0, 20)[:, None] * [0.0, 0.0, 0.15]
    success, mean_m = traced(engine, np.concatenate([EIGHT_M[:100], away, away[::-1], EIGHT_M[100:]]))
    length_m = np.linalg.norm(np.diff(EIGHT_M, axis=0), axis=1).sum()
    assert not success
    assert mean_m == pytest.approx(2 * 0.15**2 / 2 / (length_m + 0.3), rel=0.1)


def test_the_goal_is_ahead_once_the_tracing_has_begun(engine):
    task = Trace(EIGHT_M)
    task.reset(engine, np.random.default_rng(0), lambda tool: True)
    np.testing.assert_allclose(task.observe(engine)["goal"].position_m, EIGHT_M[0])
    for point in EIGHT_M[:50]:
        task.satisfied(engine, Pose(point, tool_down(0.0)))
    poses = task.observe(engine)
    np.testing.assert_allclose(poses["path"].position_m, EIGHT_M[49], atol=2e-3)
    assert np.linalg.norm(poses["goal"].position_m - poses["path"].position_m) == pytest.approx(0.03, abs=2e-3)


def test_seeds_draw_their_own_paths_and_the_tool_starts_near():
    simulation = Simulation("trace")
    starts = []
    for seed in (0, 1, 0):
        simulation.reset(seed)
        starts.append(simulation.task.observe(simulation.engine)["goal"].position_m)
        assert 0.005 < np.linalg.norm(simulation.tool().position_m - starts[-1]) < 0.15
        assert 19.0 < simulation.task.time_limit_s < 31.0
    np.testing.assert_array_equal(starts[0], starts[2])
    assert not np.allclose(starts[0], starts[1])


def test_a_given_path_out_of_reach_is_refused_by_its_place():
    simulation = Simulation("trace")
    simulation.task = Trace(np.array([[0.5, 0.0, 0.2], [1.4, 0.0, 0.2]]))
    with pytest.raises(MidpError, match=r"leaves the arm's reach at \[[01]\.\d+, 0\.0, 0\.2\] m"):
        simulation.reset(0)


def test_the_tracking_error_is_reported(engine):
    """Once around 2 mm above the path, with one excursion of 10 mm."""
    task = Trace(EIGHT_M)
    task.reset(engine, np.random.default_rng(0), lambda tool: True)
    assert not task.info(engine), "a path that is not begun has no error, not one of 0"
    above = EIGHT_M + np.array([0.0, 0.0, 0.002])
    for point in [EIGHT_M[0], *above[:200], above[200] + [0.0, 0.0, 0.008], *above[201:]]:
        task.satisfied(engine, Pose(point, tool_down(0.0)))
    figures = task.info(engine)
    assert figures["tracking_error_worst_m"] == pytest.approx(0.010, abs=1e-4)
    assert figures["tracking_error_mean_m"] == pytest.approx(0.0021, abs=3e-4)


def test_a_drawn_path_brings_its_tool_and_its_seeds():
    """The same path in every seed; varied, another one in each, and the same again for the same seed."""
    drawn = DrawnPath.load("circle", Placement(size_m=0.15, tilt_rad=0.2))
    task = make_task("trace", drawn)
    simulation = Simulation(task)
    paths = []
    for seed in (1, 2):
        simulation.reset(seed)
        paths.append(task._path)
    np.testing.assert_array_equal(*paths)
    np.testing.assert_array_equal(task.observe(simulation.engine)["goal"].rotation, drawn.placement.rotation)
    simulation.task = task = make_task("trace", DrawnPath.load("circle", Placement(size_m=0.15, varied=True)))
    found = []
    for seed in (1, 2, 1):
        simulation.reset(seed)
        found.append(task._path.mean(axis=0))
    np.testing.assert_array_equal(found[0], found[2])
    assert np.linalg.norm(found[0] - found[1]) > 0.002


def test_another_task_follows_no_path():
    with pytest.raises(CommandError, match="'reach' follows no path: circle.svg is for task 'trace'"):
        make_task("reach", DrawnPath.load("circle"))
