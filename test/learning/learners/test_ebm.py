"""`ebm`: gradient and loss against independent truths, two ways kept, and the same loop and export as all learners."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from held_beginning import assert_holds_a_given_beginning
from synthetic import CONTRACT, reach_episode, small_config
from torch import Tensor

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import ConfigError
from midp_ros.core.seams import EntryPointError
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import LearnerConfig, RegulariserConfig, TrainConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.export import export_onnx
from midp_ros.learning.learners.chunk_components import ChunkComponents
from midp_ros.learning.learners.ebm import InfoNce, info_nce
from midp_ros.learning.learners.ebm_policy import EbmAnswer, EbmPolicy
from midp_ros.learning.learners.energy import Energy
from midp_ros.learning.learners.langevin import Langevin
from midp_ros.learning.learners.learner import new_policy
from midp_ros.learning.training import Training

SMALL = {"hidden": [16], "energy_hidden": [32, 32], "components": 4, "chains": 4, "counter_examples": 8}


def implicit(steps: int = 30, **options: object) -> TrainConfig:
    return replace(small_config(steps=steps), learner=LearnerConfig("ebm", {**SMALL, **options}))


def new_parts(**options: object) -> tuple[EbmPolicy, InfoNce]:
    torch.manual_seed(0)
    config = implicit(**options)
    policy = new_policy(CONTRACT, config)
    assert isinstance(policy, EbmPolicy)
    return policy, InfoNce(config, policy)


def descend(policy: EbmPolicy, objective: InfoNce, chunk: Tensor, steps: int, batch: int = 64) -> None:
    """Trains on chunks (n, predicted, action_size) under one observation."""
    policy.components.fit_parts(lambda: iter([chunk]))
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(policy.parameters(), 3e-3)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    seen = torch.zeros(batch, CONTRACT.horizon.observed, policy.observation_size)
    for _ in range(steps):
        chosen = torch.randint(len(chunk), (batch,), generator=generator)
        optimiser.zero_grad()
        _, smear, noise = objective.draw(batch, generator)
        objective.error(seen, objective.shown(chunk[chosen], smear), noise).backward()
        optimiser.step()
        rate.step()


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return build_dataset([reach_episode(seed) for seed in range(4)])


@pytest.mark.parametrize("hidden", [[8], [8, 12, 8]])
def test_the_gradient_is_autograd_s(hidden):
    torch.manual_seed(0)
    energy = Energy(5, 3, hidden, unit=0.1).double()
    conditions = energy.conditions(torch.randn(4, 5).double())
    z = torch.randn(4, 7, 3).double().requires_grad_(True)
    (expected,) = torch.autograd.grad(energy(z, conditions).sum(), z)
    torch.testing.assert_close(energy.slope(z, conditions), expected)


def test_components_are_whitened_and_as_many_as_explain_the_chunks():
    random = torch.Generator().manual_seed(0)
    hidden = torch.randn(500, 3, generator=random) * torch.tensor([3.0, 1.0, 0.01])
    chunk = 0.5 + (hidden @ torch.linalg.qr(torch.randn(8, 3, generator=random))[0].T).unflatten(1, (4, 2))
    for explained, used in ((0.5, 1), (0.999, 2), (1.0, 3)):
        components = ChunkComponents(8, 5, explained)
        components.fit_parts(lambda chunk=chunk: iter(chunk.split(200)))
        z = components.encode(chunk)
        assert components.used.tolist() == [1] * used + [0] * (5 - used)
        torch.testing.assert_close(z.T.cov(correction=0), torch.diag(components.used), atol=1e-3, rtol=0)
        assert torch.equal(components.hold(z), z) and torch.equal(components.hold(9 * z)[:, used:], 0 * z[:, used:])
    torch.testing.assert_close(components.decode(z), chunk.flatten(1), atol=1e-4, rtol=0)


def test_the_loss_is_a_cross_entropy():
    shown, others = torch.tensor([[1.0], [0.5]]), torch.tensor([[2.0, 0.0], [0.5, 0.5]])
    expected = torch.nn.functional.cross_entropy(-torch.cat([shown, others], 1), torch.zeros(2, dtype=torch.long))
    torch.testing.assert_close(info_nce(shown, others), expected)
    torch.testing.assert_close(info_nce(shown[1:], others[1:]), torch.tensor(math.log(3)))


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_the_log_density_is_the_loss_optimum_near_and_far(scale):
    """The slope of the loss in a factor on -log p is 0 at 1, for counter-examples at any distance."""
    random = torch.Generator().manual_seed(0)
    shown = torch.randn(100_000, 1, generator=random)
    centre = shown + scale * torch.randn(shown.shape, generator=random)
    others = centre + scale * torch.randn(len(shown), 7, generator=random)
    factors = (0.9, 1.0, 1.1)
    losses = [float(info_nce(f * shown.square() / 2, f * others.square() / 2)) for f in factors]
    assert losses[1] == min(losses)
    near = shown + scale * torch.randn(len(shown), 7, generator=random)  # around the demonstrated one: another optimum
    biased = [float(info_nce(f * shown.square() / 2, f * near.square() / 2)) for f in factors]
    assert biased[1] != min(biased)


@pytest.mark.slow
def test_differences_of_energy_are_those_of_the_log_density():
    """Of 0.75 N(1, s^2) + 0.25 N(-1, s^2), smeared by the deviation."""
    policy, objective = new_parts(deviation=0.3, components=1)
    random = torch.Generator().manual_seed(1)
    way = torch.where(torch.rand(4000, generator=random) < 0.75, 1.0, -1.0) + 0.4 * torch.randn(4000, generator=random)
    descend(policy, objective, way[:, None, None].expand(-1, *policy.chunk), steps=300)
    middle, unit = way.mean(), way.std()
    z, s = torch.linspace(-2.0, 1.2, 33), math.hypot(0.4 / unit, 0.3)
    of_each = [math.log(w) - ((z - (m - middle) / unit) / s).square() / 2 for w, m in ((0.75, 1), (0.25, -1))]
    log_p = torch.logsumexp(torch.stack(of_each), 0)
    seen = torch.zeros(1, CONTRACT.horizon.observed, policy.observation_size)
    with torch.no_grad():
        at = (z * policy.components.basis.sum().sign())[None, :, None]
        difference = policy.energy(at, policy.conditions(seen))[0] + log_p
    share = log_p.softmax(0)
    apart = (difference - share @ difference).abs()
    assert float(share @ apart) < 0.15 and float(apart.max()) < 0.6 < float(log_p.max() - log_p.min()) / 3


@pytest.mark.slow
def test_two_ways_are_kept_with_their_shares():
    """One observation, two demonstrated ways: 70 % to +1 and 30 % to -1."""
    policy, objective = new_parts(deviation=0.1, chains=8, choice="drawn")
    random = torch.Generator().manual_seed(1)
    way = torch.where(torch.rand(500, generator=random) < 0.7, 1.0, -1.0)[:, None, None]
    descend(policy, objective, way + 0.05 * torch.randn(500, *policy.chunk, generator=random), steps=300)
    answer = policy.answer()
    assert isinstance(answer, EbmAnswer)
    seen = torch.zeros(400, CONTRACT.horizon.observed, policy.observation_size)
    noise, fresh = (torch.randn(400, n, *policy.chunk, generator=random) for n in (1, answer.fresh_draws))
    with torch.no_grad():
        z = answer.sample(policy.conditions(seen), noise[:, 0], fresh)
        chunks = policy.components.decode(z).mean(1)
    assert float((chunks.abs() - 1).abs().mean()) < 0.1
    assert float((chunks > 0).float().mean()) == pytest.approx(0.7, abs=0.1)


class Bowl(Energy):
    """|z / deviation|^2 / 2 whose Langevin dynamics is known."""

    def slope(self, z: Tensor, conditions: object) -> Tensor:
        return z / self.unit**2


def test_steps_shrink_and_descend_to_the_mode():
    steps = Langevin(noisy=10, quiet=40, largest=1.5, deviation=0.1)
    sizes = steps.sizes()
    assert sizes[0] == 0.5 and sizes[9:] == [0.05] * 41 and sorted(sizes, reverse=True) == sizes
    random = torch.Generator().manual_seed(0)
    components, start = ChunkComponents(2, 2, 1.0), torch.rand(1, 500, 2, generator=random) * 2 - 1
    bowl = Bowl(1, 2, [2], unit=0.1)
    noises = torch.randn(100, 1, 500, 2, generator=random)
    assert float(steps.run(start, bowl, [], components, list(noises[:10])).abs().max()) < 1e-3
    noisy = Langevin(noisy=100, quiet=0, largest=0.03, deviation=0.1)
    found = float(noisy.run(0 * start, bowl, [], components, list(noises)).std())
    assert found == pytest.approx(0.1 / math.sqrt(0.75), rel=0.15)  # of x <- x / 2 + 0.1 noise; less is clipped


def test_it_learns_and_resumes_bit_by_bit(tmp_path, dataset):
    whole = Training(implicit(), dataset, held_out=dataset)
    errors = [metrics.denoising_error for metrics in whole.run()]
    assert np.mean(errors[-5:]) < np.mean(errors[:5])
    assert whole.held_out_error() == whole.held_out_error() and math.isfinite(whole.held_out_error())

    half = Training(implicit(), dataset)
    steps = half.run()
    for _ in range(10):
        next(steps)
    half.checkpoint().save(tmp_path / "half.pt")
    rest = Training(implicit(), dataset, resume=Checkpoint.load(tmp_path / "half.pt"))
    assert [metrics.denoising_error for metrics in rest.run()] == errors[10:]


@pytest.mark.slow
def test_the_file_answers_as_torch_does(tmp_path, dataset):
    training = Training(implicit(langevin_steps=1, descent_steps=1), dataset)
    for _ in training.run():
        pass
    card, difference = export_onnx(training.checkpoint(), tmp_path / "policy.onnx")
    assert difference < 1e-4 and card.config["learner"]["name"] == "ebm"
    policy = OnnxPolicy(tmp_path / "policy.onnx")
    assert policy.fresh_draws == 1
    chunk = policy.predict(dataset.observation[:1].numpy(), np.zeros((1, 16, 4), np.float32))
    assert chunk.shape == (1, CONTRACT.horizon.predicted, CONTRACT.action_size)


def test_a_chunk_is_held_to_a_given_beginning(dataset):
    assert_holds_a_given_beginning(Training(implicit(), dataset).policy.answer(), dataset)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"choice": "best"}, UnknownNameError, "learner.choice.*drawn, least"),
        ({"scale": [1.0]}, ConfigError, "unknown key 'scale'"),
        ({"scales": [1.0, 0.0]}, ConfigError, "learner.scales.*above 0 each"),
        ({"explained": 1.5}, ConfigError, "learner.explained: got 1.5, need above 0, up to 1"),
        ({"deviation": 0.0}, ConfigError, "learner.deviation"),
        ({"margin_nat": -1.0}, ConfigError, "learner.margin_nat"),
        ({"chains": 0}, ConfigError, "learner.chains: got 0, need at least 1"),
        ({"energy_hidden": []}, ConfigError, "learner.energy_hidden"),
    ],
)
def test_options_that_it_does_not_know_are_refused(options, error, says):
    with pytest.raises((error, EntryPointError), match=says):
        new_policy(CONTRACT, implicit(**options))


def test_terms_and_steps_that_it_has_not_are_refused():
    with pytest.raises(ConfigError, match="regulariser.*ebm knows no other"):
        new_policy(CONTRACT, replace(implicit(), regulariser=RegulariserConfig(hidden=8)))
    with pytest.raises(ConfigError, match="sampling_steps: got 5.*learner.langevin_steps"):
        new_policy(CONTRACT, implicit()).answer(5)
