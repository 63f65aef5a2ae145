"""Ways back from noise: against `diffusers`, and on Gaussian data, where the best answer and every marginal are known.

With data N(m, s^2) a chunk at a noise step is N(signal m, signal^2 s^2 + noise^2), the best estimate of its noise is
noise (x - signal m) / (signal^2 s^2 + noise^2), and the probability flow takes a point along its quantile.
"""

from __future__ import annotations

import math
from types import ModuleType

import pytest
import torch

from midp_ros.learning.schedules import CosineSchedule, NoiseSchedule, VeSchedule, VpSchedule
from midp_ros.learning.schedules.sde_schedules import SIGMA_MAX, SIGMA_MIN

STEPS, MEAN, SPREAD, COUNT = 500, 0.4, 0.25, 20_000
PROCESSES = [CosineSchedule, VpSchedule, VeSchedule]


def best_output(schedule: NoiseSchedule, x: torch.Tensor, step: int) -> torch.Tensor:
    signal, noise = schedule.levels(step)
    eps = noise * (x - signal * MEAN) / (signal**2 * SPREAD**2 + noise**2)
    return schedule.target((x - noise * eps) / signal, eps, signal, noise)


def way_back(schedule: NoiseSchedule, kind: str, x: torch.Tensor) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    for step in reversed(range(STEPS)):
        output = best_output(schedule, x, step)
        if kind == "ode" or step == 0:
            x = schedule.advance(x, output, step, step - 1, clip=False)
            continue
        x = schedule.ancestral(x, output, step, step - 1, False, torch.randn(x.shape, generator=generator))
        if kind == "predictor_corrector":
            fresh = torch.randn(x.shape, generator=generator)
            x = schedule.corrected(x, best_output(schedule, x, step - 1), step - 1, 0.16, fresh)
    return x


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ode", "ancestral", "predictor_corrector"])
@pytest.mark.parametrize("process", PROCESSES)
def test_noise_becomes_the_data_s_distribution(process: type[NoiseSchedule], kind: str) -> None:
    start = torch.randn(COUNT, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    end = way_back(process(STEPS), kind, start)
    # The prior's mean is 0, not signal m, of which the exploding process forgets the rest no sooner than at its end.
    assert float(end.mean()) == pytest.approx(MEAN, abs=0.02)
    assert float(end.std()) == pytest.approx(SPREAD, rel=0.04)


@pytest.mark.parametrize("process", PROCESSES)
def test_the_probability_flow_keeps_each_point_s_quantile(process: type[NoiseSchedule]) -> None:
    schedule = process(STEPS)
    signal, noise = schedule.levels(STEPS - 1)
    quantile = torch.linspace(-2.5, 2.5, 11, dtype=torch.float64)
    start = signal * MEAN + math.sqrt(signal**2 * SPREAD**2 + noise**2) * quantile
    torch.testing.assert_close(way_back(schedule, "ode", start), MEAN + SPREAD * quantile, atol=0.02, rtol=0.02)


def test_langevin_steps_alone_lead_to_a_step_s_distribution() -> None:
    schedule, step, generator = VpSchedule(STEPS), 200, torch.Generator().manual_seed(2)
    signal, noise = schedule.levels(step)
    x = torch.full((COUNT,), 3.0, dtype=torch.float64)
    for _ in range(200):
        fresh = torch.randn(x.shape, generator=generator)
        x = schedule.corrected(x, best_output(schedule, x, step), step, 0.16, fresh)
    assert float(x.mean()) == pytest.approx(signal * MEAN, abs=0.02)
    assert float(x.std()) == pytest.approx(math.sqrt(signal**2 * SPREAD**2 + noise**2), rel=0.04)


@pytest.mark.parametrize("clip", [True, False])
def test_ancestral_steps_are_those_of_diffusers(diffusers: ModuleType, clip: bool) -> None:
    theirs = diffusers.DDPMScheduler(
        100, beta_schedule="squaredcos_cap_v2", clip_sample=clip, prediction_type="v_prediction"
    )
    ours, generators = CosineSchedule(100), [torch.Generator().manual_seed(5) for _ in range(2)]
    weights = torch.randn(3, 3, generator=torch.Generator().manual_seed(3)) * 0.3
    x = y = torch.randn(2, 16, 3, generator=torch.Generator().manual_seed(4))
    for step in reversed(range(100)):
        if step:
            fresh = torch.randn(x.shape, generator=generators[0])
            x = ours.ancestral(x, torch.tanh(x @ weights), step, step - 1, clip, fresh)
        else:
            x = ours.advance(x, torch.tanh(x @ weights), 0, -1, clip)
        y = theirs.step(torch.tanh(y @ weights), step, y, generator=generators[1]).prev_sample
        torch.testing.assert_close(x, y, rtol=2e-3, atol=2e-3)


def test_the_levels_are_those_of_the_processes(diffusers: ModuleType) -> None:
    theirs = diffusers.ScoreSdeVeScheduler(STEPS, sigma_min=SIGMA_MIN, sigma_max=SIGMA_MAX)
    ve = VeSchedule(STEPS)
    torch.testing.assert_close(ve.noise / ve.signal, theirs.discrete_sigmas, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(ve.signal.square() + ve.noise.square(), torch.ones(STEPS))
    vp, t = VpSchedule(STEPS), torch.arange(1, STEPS + 1, dtype=torch.float64) / STEPS
    integral = 0.1 * t + (20.0 - 0.1) * t.square() / 2  # of beta from 0 to t
    torch.testing.assert_close(vp.signal, (-integral / 2).exp().float(), rtol=1e-5, atol=1e-8)
