from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from synthetic import CONTRACT, small_config

from midp_ros.core.episode import Episode
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import ConfigError, HistoryConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.history_channel import SMALLEST_SPREAD, HistoryChannel
from midp_ros.learning.training import Training


def channel(gain: float = 1.0, past: int = 1, size: int = 3) -> HistoryChannel:
    made = HistoryChannel(past, size)
    torch.nn.init.constant_(made.log_gain, math.log(gain))
    return made


def episode(tool: np.ndarray, goal: np.ndarray, target: np.ndarray) -> Episode:
    steps, nothing = len(tool), np.zeros((len(tool), 2))
    observation = np.concatenate([nothing, tool, goal], axis=1)
    return Episode(CONTRACT, np.arange(steps) * 0.1, observation, np.concatenate([target, nothing[:, :1]], axis=1))


def straight_on(seed: int, steps: int = 30) -> Episode:
    """The tool goes on as it went: where to is known from the past alone."""
    random = np.random.default_rng(seed)
    velocity = random.uniform(-0.02, 0.02, 3)
    tool = random.uniform(0.2, 0.6, 3) + np.arange(steps + 20)[:, None] * velocity
    return episode(tool[:steps], np.zeros((steps, 3)), tool[1 : steps + 1])


def to_the_goal(seed: int, steps: int = 30) -> Episode:
    """Wherever the tool is found, it is sent to the goal: the past says nothing."""
    random = np.random.default_rng(seed)
    goal = np.tile(random.uniform(0.2, 0.6, 3), (steps, 1))
    return episode(random.uniform(0.2, 0.6, (steps, 3)), goal, goal)


@pytest.mark.parametrize("gain", [0.1, 1.0, 3.0])
def test_the_bound_is_the_information_of_gaussians(gain: float) -> None:
    """Between d and gain d + noise, from the determinants of their covariances."""
    both = np.array([[1.0, gain], [gain, gain**2 + 1.0]])
    one_value = -0.5 * np.linalg.slogdet(both)[1] + 0.5 * math.log(both[1, 1])
    with torch.no_grad():
        assert float(channel(gain, past=2, size=3).information()) == pytest.approx(6 * one_value, rel=1e-5)


def test_the_past_comes_out_as_differences_of_unit_spread_and_the_newest_untouched() -> None:
    window = torch.randn(4000, 3, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([0.2, 0.5])
    made = channel(past=2, size=2)
    made.fit(window)
    with torch.no_grad():
        out = made(window)
        noisy = made(window, torch.ones(4000, 2, 2))
    assert torch.equal(out[:, -1], window[:, -1])
    np.testing.assert_allclose(out[:, :-1].std(0), 1.0, rtol=1e-5)
    np.testing.assert_allclose(noisy[:, :-1] - out[:, :-1], 1.0, rtol=1e-4)
    ratio = out[:, 0] / (window[:, 0] - window[:, 2])
    np.testing.assert_allclose(ratio, ratio[:1].expand_as(ratio), rtol=1e-3)


def test_what_never_moved_in_the_demonstrations_does_not_become_large() -> None:
    made = channel(size=1)
    made.fit(torch.zeros(10, 2, 1))
    with torch.no_grad():
        assert float(made(torch.tensor([[[0.001], [0.0]]]))[0, 0, 0]) == pytest.approx(0.001 / SMALLEST_SPREAD)


def test_a_price_of_zero_is_no_channel_and_a_negative_one_is_refused(dataset: Dataset) -> None:
    assert Training(replace(small_config(), history=HistoryConfig(0.0)), dataset).policy.history is None
    with pytest.raises(ConfigError, match="history.weight"):
        HistoryConfig(-1.0)


def test_one_observation_has_no_past(dataset: Dataset) -> None:
    contract = replace(CONTRACT, horizon=replace(CONTRACT.horizon, observed=1))
    single = replace(dataset, contract=contract, observation=dataset.observation[:, -1:])
    assert Training(replace(small_config(), history=HistoryConfig(0.1)), single).policy.history is None


def test_the_past_is_used_where_it_is_needed_and_closed_where_it_is_not() -> None:
    information = []
    for demonstrate in (to_the_goal, straight_on):
        data = build_dataset([demonstrate(seed) for seed in range(20)])
        config = small_config(steps=400, batch=64, learning_rate=1e-2, warmup_steps=10)
        training = Training(replace(config, history=HistoryConfig(0.01)), data)
        information.append([m.history_information for m in training.run()][-1])
    assert information[0] < 0.3 < 1.0 < information[1]


def test_it_resumes_bit_exactly_and_travels_in_the_checkpoint(tmp_path, dataset: Dataset) -> None:
    config = replace(small_config(steps=8), history=HistoryConfig(0.1))
    whole, halved = Training(config, dataset), Training(config, dataset)
    for training, steps in ((whole, 8), (halved, 4)):
        for metrics in training.run():
            if metrics.step == steps:
                break
    halved.checkpoint().save(tmp_path / "checkpoint.pt")
    resumed = Training(config, dataset, resume=Checkpoint.load(tmp_path / "checkpoint.pt"))
    list(resumed.run())
    for name, value in whole.policy.state_dict().items():
        assert torch.equal(value, resumed.policy.state_dict()[name]), name
    built = whole.checkpoint().build_policy()
    assert built.history is not None
    assert torch.equal(built.history.log_gain, whole.ema.model.history.log_gain)
