"""Sampling, and a given beginning of the chunk painted into it, with diffusion and with flow matching."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from synthetic import small_config

from midp_ros.core.chunk import ActionChunk
from midp_ros.inference.inpainting import prefix_rows
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.sampler import Sampler
from midp_ros.learning.training import Training

EXECUTED, FROZEN = 6, 2


@pytest.fixture(scope="module", params=["diffusion", "flow"])
def sampler(request: pytest.FixtureRequest, dataset: Dataset) -> Sampler:
    config = small_config(steps=150, learning_rate=3e-3)
    training = Training(replace(config, diffusion=replace(config.diffusion, method=request.param)), dataset)
    list(training.run())
    return Sampler(training.ema.model).eval()


def noise_like(action: torch.Tensor, seed: int) -> torch.Tensor:
    return torch.randn(action.shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.slow
@torch.no_grad()
def test_weight_zero_changes_nothing_and_weight_one_gives_the_prefix_back(sampler: Sampler, dataset: Dataset) -> None:
    observation, prefix = dataset.observation[:50], dataset.action[50:100]
    noise = noise_like(prefix, 0)
    plain = sampler(observation, noise)
    zero, one = torch.zeros(50, 16), torch.ones(50, 16)
    torch.testing.assert_close(sampler(observation, noise, prefix, zero), plain, rtol=0, atol=1e-6)
    torch.testing.assert_close(sampler(observation, noise, prefix, one), prefix, rtol=0, atol=1e-6)
    half = torch.cat([one[:, :5], zero[:, 5:]], dim=1)
    mixed = sampler(observation, noise, prefix, half)
    torch.testing.assert_close(mixed[:, :5], prefix[:, :5], rtol=0, atol=1e-6)
    assert not torch.allclose(mixed[:, 5:], plain[:, 5:], atol=1e-4)  # the rest has taken notice


@pytest.mark.slow
@torch.no_grad()
def test_a_chunk_goes_on_smoothly_from_its_prefix(sampler: Sampler, dataset: Dataset) -> None:
    """The change of velocity at the hand-over is smaller than without a prefix, over many seeds."""
    contract = dataset.contract
    early = torch.arange(0, len(dataset) - EXECUTED, 7)
    jumps = {True: [], False: []}
    for seed in range(10):
        previous = sampler(dataset.observation[early], noise_like(dataset.action[early], seed))
        rows = [prefix_rows(contract, ActionChunk(p.numpy()[1:], 0.0, 0.1), EXECUTED * 0.1, FROZEN) for p in previous]
        prefix, weight = (torch.tensor(np.stack(part), dtype=torch.float32) for part in zip(*rows, strict=True))
        observation, noise = dataset.observation[early + EXECUTED], noise_like(prefix, 1000 + seed)
        for inpainted in (True, False):
            following = sampler(observation, noise, prefix, weight if inpainted else 0 * weight)
            issued = torch.cat([prefix[:, : 1 + FROZEN], following[:, 1 + FROZEN :]], dim=1)[..., :3]
            jumps[inpainted].append(issued.diff(n=2, dim=1)[:, FROZEN - 1 : FROZEN + 1].norm(dim=-1).mean())
    assert float(torch.tensor(jumps[True]).mean()) < 0.8 * float(torch.tensor(jumps[False]).mean())


@torch.no_grad()
def test_fresh_noise_is_counted_and_every_draw_matters(dataset: Dataset) -> None:
    for kind, each in (("ode", 0), ("ancestral", 1), ("predictor_corrector", 2)):
        config = small_config()
        config = replace(config, diffusion=replace(config.diffusion, method="vp", sampler=kind))
        sampler = Sampler(Training(config, dataset).policy, 4).eval()
        assert sampler.fresh_draws == 3 * each
        if not each:
            continue
        observation, noise = dataset.observation[:2], noise_like(dataset.action[:2], 0)
        fresh = torch.randn(2, sampler.fresh_draws, *noise.shape[1:], generator=torch.Generator().manual_seed(1))
        once = sampler(observation, noise, fresh=fresh)
        assert torch.equal(once, sampler(observation, noise, fresh=fresh))
        for draw in range(sampler.fresh_draws):
            other = fresh.clone()
            other[:, draw] += 1
            assert not torch.equal(once, sampler(observation, noise, fresh=other)), (kind, draw)


@pytest.mark.parametrize("kind", ["ancestral", "predictor_corrector"])
@torch.no_grad()
def test_what_draws_anew_is_the_schedule_s_steps_one_after_the_other(dataset: Dataset, kind: str) -> None:
    config = small_config()
    process = replace(config.diffusion, method="vp", sampler=kind, corrector_ratio=0.3)
    policy = Training(replace(config, diffusion=process), dataset).policy
    sampler, schedule = Sampler(policy, 4).eval(), policy.schedule
    observation, noise = dataset.observation[:3], noise_like(dataset.action[:3], 0)
    fresh = torch.randn(3, sampler.fresh_draws, *noise.shape[1:], generator=torch.Generator().manual_seed(1))
    features, draws = sampler.condition(observation), iter(fresh.unbind(1))

    def output(x: torch.Tensor, step: int) -> torch.Tensor:
        found: torch.Tensor = policy.denoiser(x, torch.full((3,), step), features)
        return found

    x, steps = noise, schedule.sampling_steps(4)
    for step, after in zip(steps, steps[1:], strict=False):
        x = schedule.ancestral(x, output(x, step), step, after, process.clip_sample, next(draws))
        if kind == "predictor_corrector":
            x = schedule.corrected(x, output(x, after), after, 0.3, next(draws))
    x = schedule.advance(x, output(x, steps[-1]), steps[-1], -1, process.clip_sample)
    assert next(draws, None) is None
    torch.testing.assert_close(sampler(observation, noise, fresh=fresh), policy.decode_action(observation, x))
