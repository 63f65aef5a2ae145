from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import CONTRACT, small_config

from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import HistoryBottleneckConfig, TrainConfig
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.history_bottleneck import HistoryBottleneck
from midp_ros.learning.training import Training
from midp_ros.learning.windows import Windows


def channel(gain: float = 1.0, past: int = 1, size: int = 3) -> HistoryBottleneck:
    made = HistoryBottleneck(past, size)
    torch.nn.init.constant_(made.log_gain, math.log(gain))
    return made


@pytest.mark.parametrize("gain", [0.1, 1.0, 3.0])
def test_the_bound_is_the_information_of_gaussians(gain: float) -> None:
    """Between d and gain d + noise, from the determinants of their covariances."""
    both = np.array([[1.0, gain], [gain, gain**2 + 1.0]])
    one_value = -0.5 * np.linalg.slogdet(both)[1] + 0.5 * math.log(both[1, 1])
    with torch.no_grad():
        assert float(channel(gain, past=2, size=3).information()) == pytest.approx(6 * one_value, rel=1e-5)


def joint_channel(mixing: torch.Tensor, shared: torch.Tensor) -> tuple[HistoryBottleneck, np.ndarray]:
    """A channel of two past steps of two values, fitted; the covariance of (past differences, newest) as numpy has it.

    Args:
        mixing: (6, 6) of independent values into two past differences and the newest observation.
        shared: gains (2, 2).
    """
    made = HistoryBottleneck(2, 2, joint=True)
    with torch.no_grad():
        made.log_gain.copy_(shared.log())
    values = torch.randn(20_000, 6, generator=torch.Generator().manual_seed(1)) @ mixing.T
    newest = values[:, 4:]
    window = torch.stack([values[:, :2] + newest, values[:, 2:4] + newest, newest], dim=1)
    made.fit_parts(window.split(3_001))
    return made, np.cov(values.numpy().T.astype(float))


def test_the_joint_bound_is_the_information_of_gaussians_given_the_newest_observation() -> None:
    """I(h; d | n) from the determinants of covariances; the sum over values counts more."""
    random = torch.Generator().manual_seed(2)
    gain = torch.tensor([[0.5, 1.0], [2.0, 4.0]])
    made, covariance = joint_channel(torch.randn(6, 6, generator=random), gain)
    d, n = slice(0, 4), slice(4, 6)
    left = covariance[d, d] - covariance[d, n] @ np.linalg.inv(covariance[n, n]) @ covariance[n, d]
    g = np.diag(gain.numpy().ravel() / np.sqrt(covariance.diagonal()[d]))
    information = 0.5 * np.linalg.slogdet(np.eye(4) + g @ left @ g)[1]
    with torch.no_grad():
        assert float(made.information()) == pytest.approx(information, rel=1e-3)
        capacities = made.capacities()
    assert float(capacities.sum()) == pytest.approx(information, rel=1e-3) and (capacities > 0).all()
    assert information < 0.9 * float(torch.log1p(gain**2).sum() / 2)


def test_what_past_values_share_is_paid_for_once_and_what_is_independent_as_before() -> None:
    """The first value of both past steps is the same; the second ones are independent, of the newest one, too."""
    mixing = torch.eye(6)
    mixing[2] = mixing[0]
    made, _ = joint_channel(mixing, torch.full((2, 2), 30.0))
    with torch.no_grad():
        capacities = made.capacities()
    one, twice = math.log(1 + 30.0**2) / 2, math.log(1 + 2 * 30.0**2) / 2
    np.testing.assert_allclose(capacities[:, 1], one, rtol=0.01)
    np.testing.assert_allclose(capacities[:, 0], twice / 2, rtol=0.01)


def test_shares_are_the_integral_of_what_is_left_of_each_value() -> None:
    """dI / d gain^2 = mean squared error / 2, over all gains as they open together; numerically, by its definition."""
    made, _ = joint_channel(torch.randn(6, 6, generator=torch.Generator().manual_seed(3)), torch.full((2, 2), 1.5))
    c, snr = made.covariance.double().numpy(), 1.5**2
    middles = (np.arange(2000) + 0.5) / 2000
    errors = [np.linalg.inv(np.linalg.inv(c) + t * snr * np.eye(4)).diagonal() for t in middles]
    with torch.no_grad():
        capacities = made.capacities().numpy().ravel()
    np.testing.assert_allclose(capacities, np.mean(errors, axis=0) * snr / 2, rtol=1e-4)


def test_the_price_waits_and_then_rises() -> None:
    late = HistoryBottleneckConfig(0.3, warmup_steps=10, delay_steps=100)
    assert [late.weight_at(step) for step in (0, 99, 100, 105, 110, 500)] == [0, 0, 0, 0.15, 0.3, 0.3]
    assert [replace(late, warmup_steps=0).weight_at(step) for step in (99, 100)] == [0, 0.3]


def test_a_joint_channel_s_covariance_is_stored_and_one_without_it_has_none(tmp_path: Path, dataset: Dataset) -> None:
    for joint in (True, False):
        config = replace(small_config(), history_bottleneck=HistoryBottleneckConfig(0.1, joint=joint))
        Training(config, dataset).checkpoint().save(tmp_path / "checkpoint.pt")
        policy = Checkpoint.load(tmp_path / "checkpoint.pt").build_policy()
        assert ("history_bottleneck.covariance" in policy.state_dict()) == joint
        assert (policy.history_bottleneck.covariance is not None) == joint


def test_what_is_passed_on_is_the_best_linear_estimate_of_the_past() -> None:
    """By least squares on what the channel received, over many noises."""
    random = torch.Generator().manual_seed(0)
    window = torch.randn(200_000, 2, 1, generator=random) * torch.tensor([0.2])
    noise = torch.randn(200_000, 1, 1, generator=random)
    made = channel(gain=0.7, size=1)
    made.fit_parts([window])
    with torch.no_grad():
        out = made(window, noise)
    assert torch.equal(out[:, -1], window[:, -1])
    difference = (window[:, 0] - window[:, 1]).numpy()
    spread = difference.std()
    received = 0.7 * difference + spread * noise[:, 0].numpy()
    slope = np.linalg.lstsq(received, difference, rcond=None)[0]
    estimate = (out[:, 0] - out[:, 1]).numpy()
    np.testing.assert_allclose(estimate, received * slope, atol=0.01 * spread)


def test_a_wide_channel_passes_the_window_and_a_closed_one_only_the_newest() -> None:
    window, noise = torch.randn(50, 3, 2), torch.randn(50, 2, 2)
    wide, closed = channel(1e4, past=2, size=2), channel(1e-4, past=2, size=2)
    for made in (wide, closed):
        made.fit_parts([window])
    with torch.no_grad():
        torch.testing.assert_close(wide(window, noise), window, rtol=0, atol=1e-2)
        torch.testing.assert_close(closed(window, noise), window[:, -1:].expand(50, 3, 2), rtol=0, atol=1e-2)


def test_spreads_of_windows_in_parts_are_those_of_all() -> None:
    window = 0.5 + torch.randn(1000, 3, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 1e-3])
    window[500:] += torch.tensor([[0.7], [0.2], [0.0]])  # parts have means of their own
    made = channel(past=2, size=2)
    made.fit_parts(window.split(77))
    torch.testing.assert_close(made.spread, (window[:, :-1] - window[:, -1:]).std(0), rtol=1e-5, atol=0)


def test_a_training_looks_at_one_part_of_its_windows_at_a_time(dataset: Dataset, monkeypatch) -> None:
    priced = replace(small_config(), history_bottleneck=HistoryBottleneckConfig(0.1))
    whole = Training(priced, dataset).policy.history_bottleneck
    monkeypatch.setattr(Dataset, "parts", lambda self: torch.arange(len(self)).split(50))
    seen, fit = [], HistoryBottleneck.fit_parts
    monkeypatch.setattr(HistoryBottleneck, "fit_parts", lambda self, parts: fit(self, noted(parts, seen)))
    parted = Training(priced, dataset).policy.history_bottleneck
    assert max(seen) == 50 and sum(seen) == len(dataset)
    torch.testing.assert_close(parted.spread, whole.spread, rtol=1e-5, atol=0)


def noted(parts, sizes):
    """The parts, whose sizes are added to a list."""
    for part in parts:
        sizes.append(len(part))
        yield part


def test_a_price_of_zero_is_no_channel_and_a_negative_one_is_refused(dataset: Dataset) -> None:
    free = replace(small_config(), history_bottleneck=HistoryBottleneckConfig(0.0))
    assert Training(free, dataset).policy.history_bottleneck is None
    with pytest.raises(ConfigError, match="history_bottleneck.weight"):
        HistoryBottleneckConfig(-1.0)


def test_one_observation_has_no_past(dataset: Dataset) -> None:
    contract = replace(CONTRACT, horizon=replace(CONTRACT.horizon, observed=1))
    single = replace(dataset, contract=contract, observed=Windows.of(dataset.observation[:, -1:]))
    priced = replace(small_config(), history_bottleneck=HistoryBottleneckConfig(0.1))
    assert Training(priced, single).policy.history_bottleneck is None


@pytest.mark.parametrize("price", [0.1, 0.5, 1.5])
def test_at_its_price_the_past_is_used_as_far_as_it_lowers_the_error_by_more(price: float) -> None:
    """Error 1 / u and information log(u) / 2 with u = 1 + gain^2 cost least together at u = 2 / price."""
    random = torch.Generator().manual_seed(0)
    window = torch.cat([torch.randn(4000, 1, 1, generator=random), torch.zeros(4000, 1, 1)], dim=1)
    made = channel(size=1)
    made.fit_parts([window])
    optimiser = torch.optim.Adam(made.parameters(), lr=0.03)
    for _ in range(400):
        noise = torch.randn(4000, 1, 1, generator=random)
        error = (made(window, noise) - window).square().sum(1).mean()
        optimiser.zero_grad()
        (error + price * made.information()).backward()
        optimiser.step()
    with torch.no_grad():
        assert 1 + float((2 * made.log_gain).exp()) == pytest.approx(2 / price, rel=0.05)


def test_it_resumes_bit_exactly_and_travels_in_the_checkpoint(tmp_path, dataset: Dataset) -> None:
    config = replace(small_config(steps=8), history_bottleneck=HistoryBottleneckConfig(0.1))
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
    assert built.history_bottleneck is not None
    assert torch.equal(built.history_bottleneck.log_gain, whole.ema.model.history_bottleneck.log_gain)


def test_configurations_of_older_versions_say_history(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text("name: old\ndata: d\nhistory: {weight: 0.03}\n")
    assert TrainConfig.load(path).history_bottleneck.weight == 0.03
    assert TrainConfig.load(path, ["history.weight=0.5"]).history_bottleneck.weight == 0.5
    assert TrainConfig.load(path, ["history_bottleneck.weight=0.1"]).history_bottleneck.weight == 0.1
    path.write_text("name: new\ndata: d\nhistory_bottleneck: {weight: 0.2}\n")
    assert TrainConfig.load(path, ["history.weight=0.0"]).history_bottleneck.weight == 0.0


def test_a_checkpoint_of_an_older_version_is_loaded_and_resumed(tmp_path: Path, dataset: Dataset) -> None:
    """Version 0.x named the section `history` and the weights `history.log_gain` and `history.spread`."""
    config = replace(small_config(steps=8), history_bottleneck=HistoryBottleneckConfig(0.1))
    whole, half = Training(config, dataset), Training(config, dataset)
    list(whole.run())
    for metrics in half.run():
        if metrics.step == 4:
            break
    half.checkpoint().save(tmp_path / "checkpoint.pt")
    data = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    for key in ("policy", "ema"):
        data[key] = {name.replace("history_bottleneck.", "history."): v for name, v in data[key].items()}
    data["config"]["history"] = data["config"].pop("history_bottleneck")
    for key in ("keep_failed", "held_out"):
        del data["config"][key]
    torch.save(data, tmp_path / "old.pt")
    resumed = Training(config, dataset, resume=Checkpoint.load(tmp_path / "old.pt"))
    list(resumed.run())
    for name, value in whole.policy.state_dict().items():
        assert torch.equal(value, resumed.policy.state_dict()[name]), name
