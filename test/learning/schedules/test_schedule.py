"""Noise schedules: diffusion against the library `diffusers`, flow matching against its equations."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch

from midp_ros.learning.schedules import CosineSchedule, FlowSchedule, NoiseSchedule, RegressionSchedule

STEPS = 100
BOTH = [CosineSchedule(STEPS), FlowSchedule(STEPS)]


def chunks() -> tuple[torch.Tensor, torch.Tensor]:
    x0, noise = torch.randn(2, STEPS, 16, 3, generator=torch.Generator().manual_seed(0))
    return x0, noise


def test_schedule_is_that_of_diffusers(diffusers: ModuleType) -> None:
    theirs = diffusers.DDPMScheduler(STEPS, beta_schedule="squaredcos_cap_v2")
    torch.testing.assert_close(CosineSchedule(STEPS).signal.square(), theirs.alphas_cumprod, rtol=1e-4, atol=1e-8)


def test_noising_and_velocity_are_those_of_diffusers(diffusers: ModuleType) -> None:
    theirs = diffusers.DDPMScheduler(STEPS, beta_schedule="squaredcos_cap_v2")
    ours, step, (x0, noise) = CosineSchedule(STEPS), torch.arange(STEPS), chunks()
    torch.testing.assert_close(ours.q_sample(x0, step, noise), theirs.add_noise(x0, noise, step), rtol=1e-4, atol=1e-5)
    levels = ours.signal[:, None, None], ours.noise[:, None, None]
    expected = theirs.get_velocity(x0, noise, step)
    torch.testing.assert_close(ours.target(x0, noise, *levels), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("schedule", BOTH)
def test_the_right_output_gives_chunk_and_noise_back(schedule: NoiseSchedule) -> None:
    x0, noise = chunks()
    x, levels = schedule.q_sample(x0, torch.arange(STEPS), noise), (schedule.signal, schedule.noise)
    levels = tuple(level[:, None, None] for level in levels)
    recovered = schedule.estimate(x, schedule.target(x0, noise, *levels), *levels)
    torch.testing.assert_close(recovered, (x0, noise), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("schedule", BOTH)
def test_sampling_starts_from_noise_and_ends_clean(schedule: NoiseSchedule) -> None:
    assert [schedule.sampling_steps(n) for n in (1, 2, 3)] == [[99], [99, 11], [99, 29, 3]]
    assert schedule.sampling_steps(10) == [99, 72, 50, 33, 21, 11, 5, 2, 1, 0]
    for count in range(1, STEPS + 1):
        steps = schedule.sampling_steps(count)
        assert steps[0] == 99 and len(set(steps)) == count and steps == sorted(steps, reverse=True)
    assert float(schedule.signal[-1]) < 1e-3 and schedule.levels(-1) == (1.0, 0.0)


def test_regression_sees_nothing_of_the_chunk_and_its_output_is_the_chunk() -> None:
    schedule, (x0, noise) = RegressionSchedule(STEPS), chunks()
    step = torch.arange(STEPS)
    torch.testing.assert_close(schedule.q_sample(x0, step, noise), noise, rtol=0, atol=0)
    assert schedule.target(x0, noise, *schedule.levels(3)) is x0
    assert schedule.estimate(noise, x0, *schedule.levels(3))[0].equal(x0)
    assert schedule.advance(noise, x0, schedule.sampling_steps(1)[0], -1, clip=False).equal(x0)


@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize("count", [1, 5, 10, 100])
def test_ddim_loop_is_that_of_diffusers(diffusers: ModuleType, count: int, clip: bool) -> None:
    """On evenly spaced steps, which are all that `diffusers` takes."""
    theirs = diffusers.DDIMScheduler(
        STEPS,
        beta_schedule="squaredcos_cap_v2",
        clip_sample=clip,
        timestep_spacing="trailing",
        prediction_type="v_prediction",
    )
    theirs.set_timesteps(count)
    ours, steps = CosineSchedule(STEPS), theirs.timesteps.tolist()
    weights = torch.randn(3, 3) * 0.3
    x = y = torch.randn(2, 16, 3)
    for step, after in zip(steps, [*steps[1:], -1], strict=True):
        x = ours.advance(x, torch.tanh(x @ weights), step, after, clip)
        y = theirs.step(torch.tanh(y @ weights), step, y, eta=0.0).prev_sample
        torch.testing.assert_close(x, y, rtol=1e-3, atol=1e-3)


def test_flow_is_integrated_by_eulers_steps() -> None:
    """x moves by flow times the change of time; one step along the true flow arrives at the chunk."""
    schedule, (x, flow) = FlowSchedule(STEPS), chunks()
    torch.testing.assert_close(schedule.advance(x, flow, 99, 49, clip=False), x + 0.5 * flow)
    torch.testing.assert_close(schedule.advance(x, flow, 49, 24, clip=False), x + 0.25 * flow)
    torch.testing.assert_close(schedule.advance(x, flow - x, 99, -1, clip=False), flow)
