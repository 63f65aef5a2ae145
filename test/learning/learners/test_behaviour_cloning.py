"""Behaviour cloning by the same loop, files and export as diffusion; a mixture against torch.distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from held_beginning import assert_holds_a_given_beginning
from synthetic import CONTRACT, reach_episode, small_config

from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.plain_data import ConfigError
from midp_ros.core.seams import EntryPointError
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import LearnerConfig, RegulariserConfig, TrainConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.export import export_onnx
from midp_ros.learning.learners import behaviour_cloning
from midp_ros.learning.learners.behaviour_cloning import CloningConfig, CloningPolicy
from midp_ros.learning.learners.draw import one_of
from midp_ros.learning.learners.learner import Batch, learner_of, new_policy
from midp_ros.learning.monitoring.verdict import verdict
from midp_ros.learning.training import Training

HEADS = ["mse", "mixture"]


def cloning(head: str = "mse", steps: int = 30, **settings: object) -> TrainConfig:
    options = {"head": head, "hidden": [32, 32], **({"components": 3} if head == "mixture" else {})}
    return replace(small_config(steps=steps, **settings), learner=LearnerConfig("bc", options))


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return build_dataset([reach_episode(seed) for seed in range(4)])


@dataclass(frozen=True)
class LaterConfig(CloningConfig):
    """Of a version of the package with another default."""

    hidden: tuple[int, ...] = (8,)


def test_a_default_that_changes_later_changes_no_checkpoint(tmp_path, dataset, monkeypatch):
    plain = replace(small_config(steps=2), learner=LearnerConfig("bc"))
    Training(plain, dataset).checkpoint().save(tmp_path / "checkpoint.pt")
    monkeypatch.setattr(behaviour_cloning, "CloningConfig", LaterConfig)
    saved = Checkpoint.load(tmp_path / "checkpoint.pt")
    assert saved.build_policy().parameter_count > 2 * new_policy(CONTRACT, plain).parameter_count
    with pytest.raises(ConfigError, match="cannot resume: .*learner.hidden"):
        Training(plain, dataset, resume=saved)


@pytest.mark.slow
@pytest.mark.parametrize("head", HEADS)
def test_it_learns_resumes_bit_by_bit_and_is_exported(tmp_path, dataset, head):
    whole = Training(cloning(head), dataset, held_out=dataset)
    errors = [metrics.denoising_error for metrics in whole.run()]
    assert np.mean(errors[-5:]) < np.mean(errors[:5])
    assert math.isfinite(whole.held_out_error())

    half = Training(cloning(head), dataset)
    steps = half.run()
    for _ in range(10):
        next(steps)
    half.checkpoint().save(tmp_path / "half.pt")
    rest = Training(cloning(head), dataset, resume=Checkpoint.load(tmp_path / "half.pt"))
    assert [metrics.denoising_error for metrics in rest.run()] == errors[10:]
    for name, value in whole.policy.state_dict().items():
        assert torch.equal(value, rest.policy.state_dict()[name]), name

    path = tmp_path / "policy.onnx"
    card, difference = export_onnx(whole.checkpoint(), path)
    assert difference < 1e-4 and card.sampling_steps == 1 and card.config["learner"]["name"] == "bc"
    policy = OnnxPolicy(path)
    chunk = policy.predict(dataset.observation[:1].numpy(), np.zeros((1, 16, 4), np.float32))
    assert chunk.shape == (1, CONTRACT.horizon.predicted, CONTRACT.action_size)
    found = verdict(whole.ema.model, dataset, None, [])
    assert found.learned and all(math.isfinite(e.error) for e in found.learned)


def test_a_mixture_s_likelihood_is_torch_s(dataset):
    policy = Training(cloning("mixture"), dataset).policy
    assert isinstance(policy, CloningPolicy)
    observation, action = (each[:7] for each in (dataset.observation, dataset.action))
    seen, chunk = policy.encode_observation(observation), policy.encode_action(observation, action)
    means, logits, deviations = policy.components(seen)
    normal = torch.distributions.Independent(torch.distributions.Normal(means, deviations), 1)
    mixture = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(logits=logits), normal)
    expected = -mixture.log_prob(chunk.flatten(1)).mean() / chunk[0].numel()
    torch.testing.assert_close(policy.error(seen, chunk)[0], expected)
    each = -normal.log_prob(chunk.flatten(1)[:, None]).mean() / chunk[0].numel()
    torch.testing.assert_close(policy.error(seen, chunk)[1], each)


def test_all_components_learn_a_little_of_each_demonstration_at_first(dataset):
    """Else those that are nearest at first take all of them."""
    config = cloning("mixture", steps=10)
    training = Training(config, dataset)
    policy = training.policy
    assert isinstance(policy, CloningPolicy)
    observation, action = (each[:7] for each in (dataset.observation, dataset.action))
    seen, chunk = policy.encode_observation(observation), policy.encode_action(observation, action)
    batch = Batch(dataset, torch.arange(7), torch.empty(7, 0), seen, chunk)
    error, each = policy.error(policy.see(seen), chunk)
    drawn = training.objective.draw(7, torch.Generator())
    for step, share in ((0, 0.05), (5, 0.025), (10, 0.0)):
        loss, measured = training.objective.loss(batch, drawn, step)
        torch.testing.assert_close(loss, (1 - share) * error + share * each)
        torch.testing.assert_close(measured.error, error)


def test_components_are_drawn_by_their_weight():
    share = torch.tensor([0.2, 0.5, 0.3])
    noise = torch.randn(20_000, 4, 2, generator=torch.Generator().manual_seed(0))
    drawn = one_of(share.log().expand(len(noise), 3), noise[:, 0, :1])
    assert torch.equal(drawn.sum(1), torch.ones(len(noise)))
    torch.testing.assert_close(drawn.mean(0), share, atol=0.02, rtol=0)
    largest = torch.full((1, 4, 2), 40.0)  # beyond what rounding leaves of the last weight
    assert torch.equal(one_of(share.log()[None], largest[:, 0, :1]), torch.tensor([[0.0, 0.0, 1.0]]))


def test_two_ways_are_kept_apart_by_a_mixture_and_averaged_by_the_mean():
    """One observation, two demonstrated ways: to +1 and to -1."""
    answers = {}
    for head in HEADS:
        torch.manual_seed(0)
        policy = new_policy(CONTRACT, cloning(head))
        assert isinstance(policy, CloningPolicy)
        seen = torch.zeros(64, CONTRACT.horizon.observed, policy.observation_size)
        ways = torch.ones(64, *policy.chunk) * torch.tensor([1.0, -1.0]).repeat(32)[:, None, None]
        optimiser = torch.optim.Adam(policy.parameters(), 3e-3)
        for _ in range(400):
            optimiser.zero_grad()
            policy.error(seen, ways)[0].backward()
            optimiser.step()
        with torch.no_grad():
            means, logits, _ = policy.components(seen)
            noise = torch.randn(64, *policy.chunk)
            chosen = means[:, 0] if logits is None else (one_of(logits, noise[:, 0, :1])[..., None] * means).sum(1)
        answers[head] = chosen.mean(1)
    assert float(answers["mse"].abs().max()) < 0.1
    assert float((answers["mixture"].abs() - 1).abs().max()) < 0.1
    assert {1.0, -1.0} == set(answers["mixture"].sign().tolist())


def test_a_chunk_is_held_to_a_given_beginning(dataset):
    assert_holds_a_given_beginning(Training(cloning(), dataset).policy.answer(), dataset)


@pytest.mark.parametrize(
    "learner, error, says",
    [
        ("cb", UnknownNameError, "learner.name.*'cb'.*bc, bc_sde, .*diffusion"),
        ({"name": "bc", "head": "mean"}, UnknownNameError, "unknown learner.head.*mixture, mse"),
        ({"name": "bc", "heads": "mse"}, MidpError, "heads"),
        ({"name": "bc", "hidden": []}, ConfigError, "learner.hidden"),
        ({"name": "bc", "relaxation": 1.0}, ConfigError, "learner.relaxation"),
        ({"name": "diffusion", "head": "mse"}, ConfigError, "no more keys for 'diffusion'"),
    ],
)
def test_what_is_no_learner_is_refused(dataset, learner, error, says):
    config = TrainConfig.from_dict({**small_config().to_dict(), "learner": learner})
    with pytest.raises(error, match=says):
        Training(config, dataset)


def test_a_learner_that_cannot_be_built_is_named(monkeypatch):
    def broken(options):
        raise ZeroDivisionError("of something")

    monkeypatch.setattr("midp_ros.core.seams.registry.Registry.load", lambda registry, name: broken)
    with pytest.raises(EntryPointError, match="learner 'bc' .*does not run: ZeroDivisionError: of something"):
        learner_of(cloning())


def test_terms_that_only_a_denoiser_has_are_refused(dataset):
    with pytest.raises(ConfigError, match="regulariser.*bc knows no other"):
        Training(replace(cloning(), regulariser=RegulariserConfig(hidden=8)), dataset)
    with pytest.raises(ConfigError, match="sampling_steps: got 4"):
        Training(cloning(), dataset).policy.answer(4)


def test_a_learner_is_a_name_or_a_section_and_comes_back():
    plain = small_config().to_dict()
    assert "learner" not in plain
    for section in ("bc", {"name": "bc", "head": "mixture", "components": 4}):
        config = TrainConfig.from_dict({**plain, "learner": section})
        assert config.to_dict()["learner"] == section and TrainConfig.from_dict(config.to_dict()) == config
