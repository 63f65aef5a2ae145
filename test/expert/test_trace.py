"""Tracing: the expert stays on drawn and on given paths."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.package_files import package_path
from midp_ros.expert import ToolDisturbance, make_expert
from midp_ros.simulation import Simulation, rollout
from midp_ros.simulation.tasks.trace import Trace

pytestmark = pytest.mark.slow

CONTRACT = Contract.load(package_path("config", "contracts", "trace.yaml"))


def test_the_expert_traces_what_the_seeds_draw():
    simulation, expert = Simulation("trace"), make_expert("trace", CONTRACT)
    disturbance = ToolDisturbance(CONTRACT, 0.004)
    plain = [rollout(simulation, expert, seed) for seed in range(12)]
    shaken = [rollout(simulation, expert, seed, disturbance=disturbance) for seed in range(12, 20)]
    failed = [r.seed for r in plain + shaken if not r.success]
    assert len(failed) <= 1, f"failed seeds: {failed}"
    again = rollout(simulation, expert, 3)
    np.testing.assert_array_equal(again.desired_rad, plain[3].desired_rad)


def test_the_expert_traces_a_letter_with_corners():
    simulation, expert = Simulation("trace"), make_expert("trace", CONTRACT)
    strokes = np.array([[0.60, 0.10, 0.15], [0.40, 0.10, 0.15], [0.40, -0.02, 0.15], [0.50, -0.02, 0.15]])
    simulation.task = Trace(strokes)
    result = rollout(simulation, expert, 0)
    assert result.success
    assert 0.3 < result.path_length_m < 0.6
    assert simulation.task.mean_distance_m < 0.004
