"""Every neighbour trains, resumes, is written and read, and is exported; what it changes, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from synthetic import CONTRACT, reach_episode, small_config

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import (
    ContextConfig,
    DiffusionConfig,
    FeatureBottleneckConfig,
    LeakagePenaltyConfig,
    ModelConfig,
    TrainConfig,
)
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.export.onnx_file import export_onnx
from midp_ros.learning.neighbours.feature_bottleneck import FeatureBottleneck, standard_normal_divergence
from midp_ros.learning.sampler import Sampler
from midp_ros.learning.training import Training

TWO_STEPS = DiffusionConfig("two_step", steps=2, sampling_steps=2)
NEIGHBOURS: dict[str, dict[str, Any]] = {
    "one": {"context": ContextConfig(observed=1)},
    "long": {"context": ContextConfig(observed=5, past_prediction=False)},
    "past_tokens": {"context": ContextConfig(observed=5)},
    "leakage": {"leakage_penalty": LeakagePenaltyConfig(1.0, actions=2)},
    "features": {"feature_bottleneck": FeatureBottleneckConfig(0.01)},
    "two_step": {"diffusion": TWO_STEPS},
}


def config_of(steps: int = 4, **settings: Any) -> TrainConfig:
    config = replace(small_config(steps=steps, batch=8), model=ModelConfig(channels=(8,), embedding=8))
    return replace(config, **settings)


def trained(config: TrainConfig, until: int | None = None, resume: Checkpoint | None = None) -> Training:
    episodes = [reach_episode(seed) for seed in range(2)]
    training = Training(config, build_dataset(episodes, config.context), resume=resume)
    for metrics in training.run():
        if metrics.step == until:
            break
    return training


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_it_trains_and_resumes_bit_by_bit(name: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    config = config_of(**NEIGHBOURS[name])
    assert TrainConfig.from_dict(config.to_dict()) == config
    whole, half = trained(config), trained(config, until=2)
    half.checkpoint().save(tmp_path / "checkpoint.pt")
    saved = Checkpoint.load(tmp_path / "checkpoint.pt")
    resumed = trained(config, resume=saved)
    for key, value in whole.policy.state_dict().items():
        assert torch.equal(value, resumed.policy.state_dict()[key]), key
    assert saved.contract.horizon.observed == (config.context.observed or 2)
    other = replace(config, leakage_penalty=LeakagePenaltyConfig(0.5))
    with pytest.raises(ConfigError, match="leakage_penalty"):
        trained(other, resume=saved)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["long", "features", "two_step"])  # those that change what is computed
def test_onnx_does_what_it_does(name: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    card, difference = export_onnx(trained(config_of(2, **NEIGHBOURS[name])).checkpoint(), tmp_path / "policy.onnx")
    assert difference < 1e-4 and card.config == config_of(2, **NEIGHBOURS[name]).to_dict()


def test_without_them_nothing_changes(dataset: Dataset) -> None:
    """Their sections at weight 0 take no random number and add no weight: older checkpoints stay what they are."""
    plain, sections = config_of(), {"leakage_penalty": LeakagePenaltyConfig(0.0, 3), "context": ContextConfig(2)}
    first, second = (Training(c, dataset) for c in (plain, replace(plain, **sections)))
    for each in (first, second):
        list(each.run())
    assert first.policy.state_dict().keys() == second.policy.state_dict().keys()
    assert all(torch.equal(v, second.policy.state_dict()[k]) for k, v in first.policy.state_dict().items())
    data = plain.to_dict()
    for key in ("context", "leakage_penalty", "feature_bottleneck"):
        del data[key]
    assert TrainConfig.from_dict(data) == plain


def test_a_run_goes_on_whatever_is_set_of_a_penalty_that_is_off() -> None:
    plain, set_up = config_of(), config_of(leakage_penalty=LeakagePenaltyConfig(0.0, actions=3, ridge=0.5))
    assert plain.obstacle_to_resuming(set_up) is None
    some = config_of(leakage_penalty=LeakagePenaltyConfig(0.1, ridge=0.5))
    assert "leakage_penalty" in str(some.obstacle_to_resuming(config_of(leakage_penalty=LeakagePenaltyConfig(0.1))))


def test_what_is_penalised_is_measured_and_pulled_down(dataset: Dataset) -> None:
    shared = small_config(steps=40, batch=32, learning_rate=5e-3)
    for metric, little, much in (
        ("leakage", {"leakage_penalty": LeakagePenaltyConfig(1e-9)}, {"leakage_penalty": LeakagePenaltyConfig(100.0)}),
        (
            "feature_information",
            {"feature_bottleneck": FeatureBottleneckConfig(1e-9)},
            {"feature_bottleneck": FeatureBottleneckConfig(1.0)},
        ),
    ):
        ends = []
        for sections in (little, much):
            config = replace(shared, model=ModelConfig(channels=(8,), embedding=8), **sections)
            values = [getattr(m, metric) for m in Training(config, dataset).run()]
            ends.append(sum(values[-15:]))
        assert ends[1] < 0.9 * ends[0], metric  # the leakage's estimate from 32 samples is mostly bias


def test_the_bound_on_the_features_is_torch_s_divergence() -> None:
    random = torch.Generator().manual_seed(0)
    mean, log_std = torch.randn(2, 7, 5, generator=random)
    ours = standard_normal_divergence(mean, log_std)
    theirs = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, log_std.exp()), torch.distributions.Normal(0.0, 1.0)
    )
    torch.testing.assert_close(ours, theirs.sum(-1))
    made, features = FeatureBottleneck(5), torch.randn(7, 5, generator=random)
    with torch.no_grad():
        drawn, _ = made.draw(features, torch.zeros(7, 5))
        assert torch.equal(drawn, made(features)) and torch.equal(drawn, features)  # it begins as the identity


def test_past_actions_are_those_before_the_newest_observation() -> None:
    episode = reach_episode(0)
    dataset = build_dataset([episode], ContextConfig(observed=3))
    past = dataset.past_actions(torch.tensor([0, 1, 10]), 2)
    steps = [[0, 0], [0, 0], [8, 9]]
    torch.testing.assert_close(past, torch.tensor(episode.action[steps], dtype=torch.float32))


def test_a_wider_window_predicts_more_of_the_past_unless_it_shall_not() -> None:
    episodes = [reach_episode(0)]
    for predicted in (True, False):
        config = config_of(context=ContextConfig(4, predicted))
        training = Training(config, build_dataset(episodes, config.context))
        window, chunk = training.dataset.observation, training.dataset.action
        assert window.shape[1] == 4 and training.dataset.contract.first_executed == 3
        encoded = training.policy.encode_action(window, chunk)
        assert bool((encoded[:, :3] == 0).all()) is not predicted
        back = training.policy.decode_action(window, encoded)
        torch.testing.assert_close(back[:, 3:], chunk[:, 3:], rtol=0, atol=1e-5)


def test_the_data_stay_the_same_whatever_of_them_is_seen() -> None:
    episodes = [reach_episode(0)]
    hashes = {build_dataset(episodes, ContextConfig(n)).data_hash for n in (None, 1, 2, 6)}
    assert hashes == {build_dataset(episodes).data_hash}
    with pytest.raises(ConfigError, match="context.observed: got 10, need at most 9"):
        build_dataset(episodes, ContextConfig(10))
    with pytest.raises(ConfigError, match="context.observed: got 4, need 2, as the windows were cut"):
        Training(config_of(context=ContextConfig(4)), build_dataset(episodes))


def test_two_steps_are_a_guess_and_its_correction() -> None:
    contract: Contract = CONTRACT
    checkpoint = Checkpoint.untrained(contract, config_of(diffusion=replace(TWO_STEPS, clip_sample=False)))
    policy = checkpoint.build_policy()
    window, (noise, other) = torch.randn(3, 2, contract.observation_size), torch.randn(2, 3, 16, 4)
    with torch.no_grad():
        features = policy.observation_features(policy.encode_observation(window))
        guess = policy.denoiser(torch.zeros(3, 16, 4), torch.ones(3, dtype=torch.long), features)
        corrected = policy.denoiser(0.9 * guess, torch.zeros(3, dtype=torch.long), features)
        sampler = Sampler(policy)
        torch.testing.assert_close(sampler(window, noise), policy.decode_action(window, corrected))
        torch.testing.assert_close(sampler(window, noise), sampler(window, other))
        chunk = torch.randn(3, 16, 4)
        steps = torch.tensor([0, 1, 1])
        noisy = policy.schedule.q_sample(chunk, steps, noise)
    torch.testing.assert_close(noisy[0], 0.9 * chunk[0] + 0.1 * noise[0])
    assert not noisy[1:].any()
    with pytest.raises(ConfigError, match="diffusion.steps: got 100, need 2 with two_step"):
        DiffusionConfig("two_step", sampling_steps=2)
    with pytest.raises(ConfigError, match="diffusion.sampling_steps: got 1, need 2 with two_step"):
        DiffusionConfig("two_step", steps=2, sampling_steps=1)
