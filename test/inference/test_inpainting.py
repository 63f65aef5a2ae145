"""Which rows a previous chunk fills, and with which weights."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.inference.inpainting import prefix_rows, soft_weights

CONTRACT = Contract(
    skill="test",
    robot="none",
    rate_hz=10.0,
    horizon=Horizon(observed=2, predicted=8, executed=4),
    observation=(Entry("tool_position", 1, "m"),),
    action=(Entry("tool_position", 1, "m"),),
)


def chunk(steps: int, time_s: float) -> ActionChunk:
    """Actions that say when they are issued [s]."""
    return ActionChunk(time_s + 0.1 * np.arange(steps)[:, None], time_s, 0.1)


def test_weights_are_those_of_real_time_chunking() -> None:
    """With 2 frozen actions of 6, worked out: c = 4/5, 3/5, 2/5, 1/5 after the frozen ones."""
    c = np.array([0.8, 0.6, 0.4, 0.2])
    expected = [1, 1, *(c * (np.e**c - 1) / (np.e - 1))]
    np.testing.assert_allclose(soft_weights(6, 2), expected)
    assert soft_weights(3, 5).tolist() == [1, 1, 1] and soft_weights(0, 2).size == 0


@pytest.mark.parametrize("late_s", [-0.04, 0.0, 0.04])
def test_actions_lie_on_the_rows_of_their_time(late_s: float) -> None:
    """Row 1 belongs to the newest observation; jitter below half a step moves nothing."""
    actions, weight = prefix_rows(CONTRACT, chunk(7, 1.0), 1.3 + late_s, frozen_steps=1)
    np.testing.assert_allclose(actions[:, 0], [1.2, 1.3, 1.4, 1.5, 1.6, 0, 0, 0])
    np.testing.assert_allclose(weight, [1, *soft_weights(4, 1), 0, 0, 0])


def test_a_prefix_may_begin_late_end_late_or_miss() -> None:
    actions, weight = prefix_rows(CONTRACT, chunk(20, 1.4), 1.3, frozen_steps=3)
    np.testing.assert_allclose(actions[:, 0], [0, 0, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9])
    np.testing.assert_allclose(weight, [0, 0, *soft_weights(7, 3)[1:]])
    for missing in (chunk(3, 0.5), chunk(3, 9.0)):
        actions, weight = prefix_rows(CONTRACT, missing, 1.3, frozen_steps=3)
        assert not actions.any() and not weight.any()
