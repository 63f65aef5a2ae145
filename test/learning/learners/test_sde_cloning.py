"""`bc_sde`: its diffusion loss against closed forms, what it is for on two ways, and the same loop and export."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from synthetic import CONTRACT, reach_episode, small_config
from torch import Tensor, nn

from midp_ros.core.plain_data import ConfigError
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import DiffusionConfig, LearnerConfig, ModelConfig, TrainConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.denoiser import DenoiserShape
from midp_ros.learning.export import export_onnx
from midp_ros.learning.learners.chunk_diffusion import ChunkDiffusion
from midp_ros.learning.learners.learner import Batch
from midp_ros.learning.training import Training

SMALL = ModelConfig(name="perceptron", channels=(16, 16), groups=1)


def cloning(steps: int = 16, learner: str = "bc_sde", **options: object) -> TrainConfig:
    section = {"hidden": [16, 16], **({"warmup_steps": 4} if learner == "bc_sde" else {}), **options}
    return replace(small_config(steps=steps), model=SMALL, learner=LearnerConfig(learner, section))


class Exact(nn.Module):
    """A denoiser of scalars that knows E[x_0 given x_t]; its output is the velocity that this implies."""

    def __init__(self, model: ChunkDiffusion, mean):
        super().__init__()
        self.schedule, self.mean = model.schedule, mean

    def forward(self, x: Tensor, step: Tensor, features: Tensor) -> Tensor:
        signal, noise = self.schedule.signal[step, None, None], self.schedule.noise[step, None, None]
        x0 = self.mean(x, signal, noise)
        return signal * (x - signal * x0) / noise - noise * x0


def exact(mean, weighting: str = "noise") -> ChunkDiffusion:
    model = ChunkDiffusion(DenoiserShape(1, 1, 1, 1), SMALL, DiffusionConfig(weighting=weighting))
    model.denoiser = Exact(model, mean)
    return model


def losses(model: ChunkDiffusion, places: Tensor, step: int) -> Tensor:
    """Of scalars (n,) at a noise step, in the mean over much noise (n,)."""
    count = 20_000
    noise = torch.randn(count, 1, 1, generator=torch.Generator().manual_seed(0))
    steps = torch.full((count,), step)
    features = torch.zeros(count, 1)
    return torch.stack([model.errors(x.expand(count, 1, 1), steps, noise, features).mean() for x in places])


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return build_dataset([reach_episode(seed) for seed in range(3)])


@pytest.mark.parametrize("weighting", ["noise", "velocity"])
def test_the_loss_of_a_gaussian_is_its_closed_form(weighting):
    """Of N(m, s^2): (1 - noise^2 / v)^2 + signal^2 noise^2 (x - m)^2 / v^2 with v = signal^2 s^2 + noise^2."""
    m, s = 0.3, 0.2
    model = exact(lambda x, a, b: m + a * s**2 / (a**2 * s**2 + b**2) * (x - a * m), weighting)
    places = torch.tensor([-0.5, 0.3, 1.0])
    for step in (10, 40, 70):
        signal, noise = model.schedule.levels(step)
        v = signal**2 * s**2 + noise**2
        expected = (1 - noise**2 / v) ** 2 + (signal * noise * (places - m) / v).square()
        expected = expected / signal**2 if weighting == "velocity" else expected
        torch.testing.assert_close(losses(model, places, step), expected, rtol=0.05, atol=0.01)


def test_of_two_ways_it_is_least_at_each_and_not_between_them():
    """Half of the demonstrations at -1, half at 1: E[x_0 given x_t] = tanh(signal x_t / noise^2)."""
    model = exact(lambda x, a, b: torch.tanh(a * x / b**2))
    places = torch.tensor([-1.0, 0.0, 1.0])
    left, between, right = losses(model, places, 10).tolist()
    assert max(left, right) < 0.01 and between > 1
    left, between, right = losses(model, places, 95).tolist()  # nearly all noise: their mean is as good
    assert between < min(left, right)


def test_a_frozen_model_s_gradient_reaches_the_chunk_alone():
    model = ChunkDiffusion(DenoiserShape(4, 2, 1, 3), SMALL, DiffusionConfig())
    chunk, noise = torch.randn(5, 4, 2, requires_grad=True), torch.randn(5, 4, 2)
    step, features = torch.arange(5), model.features(torch.randn(5, 1, 3))
    frozen = model.errors(chunk, step, noise, features, frozen=True)
    torch.testing.assert_close(frozen, model.errors(chunk, step, noise, features))
    frozen.sum().backward()
    assert chunk.grad is not None and all(p.grad is None for p in model.parameters())


@pytest.mark.slow
def test_it_learns_resumes_bit_by_bit_and_is_exported(tmp_path, dataset):
    whole = Training(cloning(), dataset, held_out=dataset)
    metrics = list(whole.run())
    assert np.mean([m.statistics_loss for m in metrics[-4:]]) < np.mean([m.statistics_loss for m in metrics[:4]])
    assert [m.weight for m in metrics[:6]] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    assert math.isfinite(whole.held_out_error())

    half = Training(cloning(), dataset)
    steps = half.run()
    for _ in range(8):
        next(steps)
    half.checkpoint().save(tmp_path / "half.pt")
    rest = Training(cloning(), dataset, resume=Checkpoint.load(tmp_path / "half.pt"))
    losses_of = [[(m.denoising_error, m.statistics_loss) for m in each] for each in (rest.run(), metrics[8:])]
    assert losses_of[0] == losses_of[1]
    for name, value in whole.policy.state_dict().items():
        assert torch.equal(value, rest.policy.state_dict()[name]), name

    path = tmp_path / "policy.onnx"
    card, difference = export_onnx(whole.checkpoint(), path)
    assert difference < 1e-4 and card.sampling_steps == 1 and card.config["learner"]["name"] == "bc_sde"
    chunk = OnnxPolicy(path).predict(dataset.observation[:1].numpy(), np.zeros((1, 16, 4), np.float32))
    assert chunk.shape == (1, CONTRACT.horizon.predicted, CONTRACT.action_size)


def test_without_weight_it_is_behaviour_cloning(dataset):
    ours, plain = (Training(c, dataset) for c in (cloning(4, weight=0.0), cloning(4, "bc")))
    for training in (ours, plain):
        list(training.run())
    for name, value in plain.policy.state_dict().items():
        assert torch.equal(value, ours.policy.state_dict()[name]), name


def test_the_term_is_the_excess_over_what_was_shown(dataset):
    objective = Training(cloning(), dataset).objective
    policy = objective.policy
    drawn = objective.draw(8, torch.Generator().manual_seed(0))
    observation = torch.randn(8, 2, policy.observation_size)
    answer = policy.components(observation)[0].unflatten(2, policy.chunk)[:, 0].detach()
    features = objective.model.features(observation)
    for action in (answer, answer + 1, answer - 1):
        batch = Batch(dataset, torch.arange(8), torch.empty(8, 0), observation, action)
        loss, measured = objective.loss(batch, drawn, 100)
        answered, shown = (objective.model.errors(chunk, *drawn[1:], features) for chunk in (answer, action))
        excess = torch.relu(answered - shown).mean()
        torch.testing.assert_close(loss - measured.error, shown.mean() + excess)


@pytest.mark.parametrize(
    "changed, says",
    [
        ({"learner": LearnerConfig("bc_sde", {"weight": -1})}, "learner.weight"),
        ({"diffusion": DiffusionConfig(method="regression", sampling_steps=1)}, "diffusion.method.*needs noise"),
    ],
)
def test_what_it_cannot_be_is_refused(dataset, changed, says):
    with pytest.raises(ConfigError, match=says):
        Training(replace(cloning(), **changed), dataset)
