"""What a trail makes of an episode, on a simulation whose motion is known in closed form."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("pybullet")

from midp_ros.core.contract import Contract  # noqa: E402
from midp_ros.simulation import EpisodeMetrics, TaskStatus  # noqa: E402

CONTRACT = Contract.load(Path(__file__).parents[2] / "config" / "contracts" / "pick.yaml")


class Cubic:
    """Commands t^3 to every joint, moves the tool round the edges of a square, a step of 0.1 m a step of 0.1 s."""

    def __init__(self):
        self.reflexes, self.done, self.model = [], False, None

    def reset(self, seed):
        self.time_s = 0.0

    def tool(self):
        corners = np.array([[0, 0, 0], [0.1, 0, 0], [0.1, 0.1, 0], [0, 0.1, 0], [0, 0, 0]])
        return SimpleNamespace(position_m=corners[round(self.time_s / 0.1)])

    def status(self):
        return TaskStatus(self.time_s, True, self.done, 0.01, 0.02)

    def info(self):
        return {"side": "left"}

    def advance(self, duration_s):
        times_s = self.time_s + 1e-3 * np.arange(1, round(1000 * duration_s) + 1)
        self.time_s += duration_s
        return np.tile(times_s[:, None] ** 3, 7)


def action(x_m):
    row = np.zeros(CONTRACT.action_size)
    row[CONTRACT.action_slices["tool_position"]] = x_m, 0, 0
    return row


def test_path_jerk_and_jump_in_closed_form():
    simulation = Cubic()
    trail = EpisodeMetrics(simulation, CONTRACT, 7)
    for x_m in (0.0, 0.1, 0.2, 0.25):
        trail.step()
        trail.issue(action(x_m))
        trail.advance(0.04)
        trail.advance(0.06)
    result = trail.rollout()
    assert result.info == {"side": "left"}
    assert result.seed == 7 and result.success and result.duration_s == pytest.approx(0.4)
    assert result.path_length_m == pytest.approx(0.4)  # the start is also the end
    assert result.largest_jump_m == pytest.approx(0.05)
    assert result.mean_squared_jerk == pytest.approx(36, rel=1e-3)
    assert len(result.desired_rad) == 400


def test_it_is_over_with_the_task_or_a_reflex():
    simulation = Cubic()
    trail = EpisodeMetrics(simulation, CONTRACT, 0)
    assert not trail.over
    simulation.reflexes.append("collision")
    assert trail.over
    simulation.reflexes.clear()
    simulation.done = True
    assert trail.over
