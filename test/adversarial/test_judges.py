"""Judges against closed forms: two Gaussians, whose density ratio is known, and slopes by finite differences."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from midp_ros.adversarial.config import JudgeConfig
from midp_ros.adversarial.diffusion_judges import DemonstratedDiffusion, LabelledDiffusion
from midp_ros.adversarial.judge import Judge
from midp_ros.adversarial.perceptron_judge import PenalisedJudge, PerceptronJudge

SHIFT = torch.tensor([1.0, -0.5])  # demonstrated: N(SHIFT, 1), own: N(0, 1)


def log_ratio(x: Tensor) -> Tensor:
    """log p - log q of the two Gaussians: x . SHIFT - |SHIFT|^2 / 2."""
    return x @ SHIFT - SHIFT.square().sum() / 2


def trained(judge: Judge, updates: int, batch: int = 256, rate: float = 5e-3) -> torch.Generator:
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(judge.parameters(), rate)
    for update in range(updates):
        for group in optimiser.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * update / updates))
        own, other = torch.randn(2, batch, 2, generator=generator)
        loss = judge.loss(other + SHIFT, own, generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return generator


def seeded(kind: type[Judge], **settings: object) -> Judge:
    torch.manual_seed(0)
    return kind(2, JudgeConfig(hidden=(32, 32), **settings))  # type: ignore[arg-type]


def test_the_log_odds_become_the_log_density_ratio():
    judge = seeded(PerceptronJudge)
    generator = trained(judge, 400)
    x = torch.randn(2000, 2, generator=generator)
    with torch.no_grad():
        error = judge.judged(x, generator) - log_ratio(x)
    assert float(error.square().mean().sqrt()) < 0.15  # where the ratio's own spread is 1.1


def test_the_rewards_are_what_the_texts_make_of_d():
    x = torch.randn(50, 2)
    judge = seeded(PerceptronJudge)
    with torch.no_grad():
        d = judge.judged(x, torch.Generator()).sigmoid()
        for name, expected in (
            ("log_odds", d.log() - (1 - d).log()), ("positive", -(1 - d).log()), ("negative", d.log()),
        ):  # fmt: skip
            judge.config = JudgeConfig(hidden=(32, 32), reward=name)
            torch.testing.assert_close(judge.reward(x, torch.Generator()), expected, atol=1e-5, rtol=1e-4)
        judge.config = JudgeConfig(hidden=(32, 32), bound=0.01)
        assert float(judge.reward(100 * x, torch.Generator()).abs().max()) == pytest.approx(0.01)


def test_the_cross_entropy_is_log_two_where_nothing_is_told_apart():
    judge = seeded(PerceptronJudge)
    with torch.no_grad():
        judge.network[-1].weight.zero_()
        judge.network[-1].bias.zero_()
    x = torch.randn(20, 2)
    assert float(judge.loss(x, x, torch.Generator()).detach()) == pytest.approx(math.log(2))


def test_the_gradient_penalty_is_that_of_finite_differences():
    judge = seeded(PenalisedJudge).double()
    demonstrated, own = torch.randn(2, 6, 2, dtype=torch.float64)
    found = judge.penalty(demonstrated, own, torch.Generator().manual_seed(3))
    share = torch.rand(6, 1, generator=torch.Generator().manual_seed(3)).double()
    between, step = share * demonstrated + (1 - share) * own, 1e-5
    with torch.no_grad():
        slopes = [
            (judge.judged(between + d, torch.Generator()) - judge.judged(between - d, torch.Generator())) / (2 * step)
            for d in step * torch.eye(2, dtype=torch.float64)
        ]
    norm = torch.stack(slopes, dim=1).norm(dim=1)
    torch.testing.assert_close(found, (norm - 1).square().mean(), atol=1e-7, rtol=1e-5)


def test_the_penalty_of_a_plane_is_its_slope_s_and_it_is_descended():
    judge = seeded(PenalisedJudge)
    judge.network = torch.nn.Sequential(torch.nn.Linear(2, 1))
    with torch.no_grad():
        judge.network[0].weight.copy_(torch.tensor([[3.0, 4.0]]))
    found = judge.penalty(torch.randn(9, 2), torch.randn(9, 2), torch.Generator())
    assert float(found) == pytest.approx((5 - 1) ** 2, rel=1e-5)
    found.backward()
    assert float(judge.network[0].weight.grad.norm()) == pytest.approx(2 * (5 - 1), rel=1e-5)


@pytest.mark.slow
def test_a_diffusion_discriminator_s_log_odds_become_the_log_density_ratio():
    judge = seeded(LabelledDiffusion, steps=20, draws=4)
    generator = trained(judge, 600, batch=64)
    judge.config = JudgeConfig(hidden=(32, 32), steps=20, draws=64)
    x = torch.randn(500, 2, generator=generator)
    with torch.no_grad():
        error = judge.judged(x, generator) - log_ratio(x)
    assert float(error.square().mean().sqrt()) < 0.4  # where the ratio's own spread is 1.1


def test_a_diffusion_discriminator_is_the_sigmoid_of_the_difference_of_losses():
    judge = seeded(LabelledDiffusion, steps=10, draws=4)
    x = torch.randn(7, 2)
    with torch.no_grad():
        found = judge.judged(x, torch.Generator().manual_seed(2))
        pairs, step, noise = judge.denoiser.drawn(x, 4, torch.Generator().manual_seed(2))
        losses = [judge.denoiser.loss(pairs, label, step, noise).exp().reciprocal() for label in (1.0, 0.0)]
        d = losses[0] / (losses[0] + losses[1])  # e^-L(c+) / (e^-L(c+) + e^-L(c-)), of each draw
    torch.testing.assert_close(found, (d.log() - (1 - d).log()).view(4, 7).mean(0), atol=1e-5, rtol=1e-4)


def test_the_noise_steps_of_a_pair_s_draws_are_spread_evenly():
    judge = seeded(LabelledDiffusion, steps=100)
    pairs, step, noise = judge.denoiser.drawn(torch.arange(6.0).view(3, 2), 5, torch.Generator().manual_seed(0))
    assert torch.equal(pairs[3], torch.tensor([0.0, 1.0])) and noise.shape == (15, 2)
    assert torch.equal(step.view(5, 3) // 20, torch.arange(5)[:, None].expand(5, 3))


@pytest.mark.slow
def test_a_diffusion_model_of_the_demonstrations_ranks_pairs_by_their_density():
    judge = seeded(DemonstratedDiffusion, steps=20)
    generator = trained(judge, 600)
    judge.config = JudgeConfig(hidden=(32, 32), steps=20, draws=200)
    x = SHIFT + torch.tensor([[0.0, 0.0], [1.5, 0.0], [3.0, 0.0], [4.5, 0.0]])
    with torch.no_grad():
        judged = judge.judged(x, generator)
    assert (judged.diff() < 0).all()
    # Optimal for N(SHIFT, 1): E[eps | x_t] = noise_t (x_t - signal_t SHIFT), so that the loss of a pair at distance r
    # is the mean over t of signal_t^2 (signal_t^2 + noise_t^2 r^2 / 2): a parabola in r.
    signal, noise = judge.denoiser.schedule.signal, judge.denoiser.schedule.noise
    expected = [float((signal**4 + signal**2 * noise**2 * r**2 / 2).mean()) for r in (0.0, 1.5, 3.0)]
    found = [(1 - float(j)) * float(judge.usual) for j in judged[:3]]
    assert found == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("kind", [PerceptronJudge, PenalisedJudge, LabelledDiffusion, DemonstratedDiffusion])
def test_every_tensor_is_on_the_device_but_the_generator_s(kind):
    judge, generator = seeded(kind).to("meta"), torch.Generator()
    demonstrated, own = torch.empty(2, 8, 2, device="meta")
    judge.fit(demonstrated)
    loss = judge.loss(demonstrated, own, generator)
    loss.backward()
    found = [loss, judge.reward(own, generator), *(p.grad for p in judge.parameters())]
    assert {each.device.type for each in found} == {"meta"}
