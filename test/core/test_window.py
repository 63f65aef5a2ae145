"""Observation windows and training windows."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, ObservationError
from midp_ros.core.window import ObservationWindow, observation_vector, training_windows

CONTRACT = Contract(
    "count", "fr3", 10.0, Horizon(2, 4, 2),
    (Entry("a", 1, "1"), Entry("b", 2, "m")), (Entry("c", 1, "1"),),
)  # fmt: skip


def episode(steps=5):
    observation = np.arange(steps)[:, None] + np.array([0.0, 100.0, 200.0])
    return Episode(CONTRACT, 0.1 * np.arange(steps), observation, 10.0 * np.arange(steps)[:, None])


def test_values_are_stacked_in_the_contracts_order():
    assert observation_vector(CONTRACT, {"b": [2, 3], "a": 1, "spare": 9}).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a": 1}, r"lacks 'b'; it has \['a'\]"),
        ({"a": 1, "b": [1]}, r"'b' has shape \(1,\), the contract asks for \(2,\)"),
        ({"a": np.nan, "b": [1, 2]}, r"'a' is not finite: \[nan\]"),
    ],
)
def test_bad_values_are_refused(values, message):
    with pytest.raises(ObservationError, match=message):
        observation_vector(CONTRACT, values)


def test_the_window_starts_with_its_oldest_and_moves_on():
    window = ObservationWindow(CONTRACT)
    with pytest.raises(ObservationError, match="no observation"):
        window.array()
    data = episode().observation
    window.push(0.0, data[0])
    np.testing.assert_array_equal(window.array(), data[[0, 0]])
    window.push(0.1, data[1])
    window.push(0.2, data[2])
    np.testing.assert_array_equal(window.array(), data[[1, 2]])
    assert window.time_s == 0.2
    window.clear()
    window.push(0.3, data[3])
    np.testing.assert_array_equal(window.array(), data[[3, 3]])


def test_training_windows_are_what_the_policy_will_see():
    recorded = episode()
    observations, actions = training_windows(recorded)
    window = ObservationWindow(CONTRACT)
    for step in range(len(recorded)):
        window.push(recorded.time_s[step], recorded.observation[step])
        np.testing.assert_array_equal(observations[step], window.array())
        assert actions[step, CONTRACT.first_executed, 0] == recorded.action[step, 0], "the action of this very step"
    assert actions[0, :, 0].tolist() == [0, 0, 10, 20]
    assert actions[4, :, 0].tolist() == [30, 40, 40, 40]


def test_an_episode_that_does_not_fit_its_contract_is_refused():
    good = episode()
    with pytest.raises(FileFormatError, match=r"action has shape \(5, 2\), the contract asks for \(5, 1\)"):
        Episode(CONTRACT, good.time_s, good.observation, np.zeros((5, 2)))
    with pytest.raises(FileFormatError, match="observation holds NaN"):
        Episode(CONTRACT, good.time_s, good.observation * np.nan, good.action)
