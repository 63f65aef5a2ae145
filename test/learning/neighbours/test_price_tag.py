"""The price tag of the past: against a closed form, and on recordings of which one entry's past matters."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from synthetic import small_config

from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.learning.config import DiffusionConfig, HistoryBottleneckConfig, ModelConfig
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.monitoring.price_tag import EntryPrice, PriceTag, price_tag
from midp_ros.learning.training import Training
from midp_ros.learning.windows import Windows

CONTRACT = Contract(
    skill="test",
    robot="none",
    rate_hz=10.0,
    horizon=Horizon(observed=2, predicted=2, executed=1),
    observation=(
        Entry("idle", 2, "m"),
        Entry("hidden", 3, "m", policy_input=False),
        Entry("moving", 2, "m"),
        Entry("still", 1, "m"),
    ),
    action=(Entry("target", 2, "m"),),
)
PRICE = 0.01
SHARES = torch.tensor([0.6, 0.3])  # of the differences of `moving` in the two action values


def gaussian_set(count: int = 2048, past: int = 1) -> Dataset:
    """Independent Gaussian observations and differences; the action is the newest observation plus the difference.

    Args:
        past: steps before the newest observation, which all show the same.
    """
    random = torch.Generator().manual_seed(0)
    newest, difference = torch.randn(2, count, 8, generator=random)
    difference *= torch.tensor([0.3] * 7 + [0.0])
    action = 0.2 * newest[:, 5:7] + SHARES * difference[:, 5:7] / 0.3
    observed = Windows.of(torch.stack([newest + difference] * past + [newest], dim=1))
    predicted = Windows.of(action[:, None].expand(count, past + 1, 2).contiguous())
    contract = replace(CONTRACT, horizon=Horizon(past + 1, past + 1, 1))
    return Dataset(contract, observed, predicted, torch.arange(count), 1, "0" * 64)


def priced(steps: int, past: int = 1, joint: bool = False) -> Training:
    config = replace(
        small_config(steps=steps, batch=64, learning_rate=3e-3, warmup_steps=20),
        model=ModelConfig("perceptron", channels=(64,)),
        diffusion=DiffusionConfig("regression", sampling_steps=1),
        history_bottleneck=HistoryBottleneckConfig(
            PRICE, steps // 3, gain_rate=8.0, differences=True, joint=joint, delay_steps=steps // 4 if joint else 0
        ),
    )
    training = Training(config, gaussian_set(past=past))
    list(training.run())
    return training


@pytest.mark.slow
@pytest.mark.parametrize(("past", "joint"), [(1, False), (1, True), (3, True)])
def test_the_tag_is_what_rate_distortion_theory_says(past: int, joint: bool) -> None:
    """Error c^2 / 2u an action value and information log(u) / 2 cost least together at u = c^2 / price.

    Several past steps that show the same are together as one, where their information is bounded together.
    """
    training = priced(400, past, joint)
    tag = price_tag(training.policy, PRICE)
    assert tag is not None and [e.name for e in tag.entries][0] == "moving"
    units = training.policy.action_normalizer.half_range[0]
    deserved = sum(math.log((share / unit) ** 2 / PRICE) / 2 for share, unit in zip(SHARES, units, strict=True))
    assert tag.entries[0].nat == pytest.approx(deserved, rel=0.15)
    assert {e.name for e in tag.entries[1:]} == {"idle", "still"}  # the hidden one is not seen
    assert all(e.nat < 0.05 for e in tag.entries[1:])
    assert [e.name for e in tag.bought] == ["moving"]
    assert sum(e.share for e in tag.entries) == pytest.approx(1)
    assert "the past of moving is worth" in tag.sentences[0] and "other 2 entries" in tag.sentences[1]
    assert sum(tag.plain()["entries"][0]["by_step_nat"]) == pytest.approx(tag.entries[0].nat)
    assert len(tag.plain()["entries"][0]["by_step_nat"]) == past


def test_nothing_is_bought_where_nothing_is_worth_it() -> None:
    tag = PriceTag(0.03, (EntryPrice("a", 0.01, 0.5, (0.01,)), EntryPrice("b", 0.01, 0.5, (0.01,))))
    assert tag.sentences == [
        "the past is worth nothing at a price of 0.03 of denoising error per nat: the newest observation is enough for "
        "what the policy predicts"
    ]


def test_a_policy_without_a_channel_has_no_tag() -> None:
    training = Training(
        replace(small_config(steps=1), model=ModelConfig("perceptron", channels=(8,))), gaussian_set(64)
    )
    assert price_tag(training.policy, 0.03) is None


def test_the_gains_rate_and_the_warm_up_resume_bit_by_bit(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from midp_ros.learning.checkpoint import Checkpoint

    def begun(resume: Checkpoint | None = None) -> Training:
        config = replace(
            small_config(steps=6),
            model=ModelConfig("perceptron", channels=(8,)),
            history_bottleneck=HistoryBottleneckConfig(0.1, warmup_steps=4, gain_rate=5.0, differences=True),
        )
        return Training(config, gaussian_set(64), resume=resume)

    whole, half = begun(), begun()
    list(whole.run())
    for metrics in half.run():
        if metrics.step == 3:
            break
    half.checkpoint().save(tmp_path / "checkpoint.pt")
    resumed = begun(Checkpoint.load(tmp_path / "checkpoint.pt"))
    list(resumed.run())
    for name, value in whole.policy.state_dict().items():
        assert torch.equal(value, resumed.policy.state_dict()[name]), name
