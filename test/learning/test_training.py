"""The training loop: it learns, it resumes bit by bit, and the regulariser at weight 0 changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from synthetic import CONTRACT, reach_episode, small_config

from midp_ros.core.episode import Episode
from midp_ros.core.errors import ContractMismatchError, FileFormatError
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import ModelConfig, RegulariserConfig, TrainConfig
from midp_ros.learning.dataset import Batches, Dataset, build_dataset
from midp_ros.learning.sampler import Sampler
from midp_ros.learning.training import StepMetrics, Training, TrainingError, learning_rate_factor

pytestmark = pytest.mark.slow


def run(training: Training) -> list[StepMetrics]:
    return list(training.run())


def with_regulariser(config: TrainConfig, **settings: object) -> TrainConfig:
    return replace(config, regulariser=RegulariserConfig(hidden=16, **settings))  # type: ignore[arg-type]


def assert_same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    for key in a:
        assert torch.equal(a[key], b[key]), key


def test_training_reduces_the_denoising_error(dataset: Dataset) -> None:
    errors = [m.denoising_error for m in run(Training(small_config(steps=150, learning_rate=3e-3), dataset))]
    assert sum(errors[-20:]) < 0.5 * sum(errors[:20])


def test_one_episode_is_overfitted() -> None:
    """From its own observations, the policy gives the demonstrated chunks back."""
    dataset = build_dataset([reach_episode(3)])
    config = small_config(steps=300, learning_rate=4e-3, warmup_steps=50)
    training = Training(replace(config, model=ModelConfig(channels=(64,), embedding=64)), dataset)
    run(training)
    noise = torch.randn(dataset.action.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        sampled = Sampler(training.ema.model, 10)(dataset.observation, noise)
    error_m = (sampled - dataset.action)[..., :3].norm(dim=-1)
    spread_m = (dataset.action - dataset.observation[:, -1:, [2, 3, 4, 2]])[..., :3].norm(dim=-1)
    executed = slice(1, 9)
    assert float(error_m[:, executed].mean()) < 0.005 < 0.025 < float(spread_m[:, executed].mean())


def test_several_noises_of_a_window_are_as_the_window_several_times(dataset: Dataset) -> None:
    policy = Training(small_config(), dataset).policy
    count, draws = 5, 3
    window, chunk = dataset.observed[:count], dataset.predicted[:count]
    observation, action = policy.encode_observation(window), policy.encode_action(window, chunk)
    generator = torch.Generator().manual_seed(0)
    step = torch.randint(policy.diffusion.steps, (count * draws,), generator=generator)
    noise = torch.randn(count * draws, *action.shape[1:], generator=generator)
    once = policy.denoising_step(observation, action, step, noise)
    again = [each.repeat_interleave(draws, 0) for each in (observation, action)]
    often = policy.denoising_step(*again, step, noise)
    torch.testing.assert_close(once.error, often.error)
    torch.testing.assert_close(once.predicted_noise, often.predicted_noise)
    assert torch.equal(once.demonstrated_action, again[1])
    run(Training(small_config(steps=3, noise_draws=draws), dataset))


def test_windows_that_are_there_several_times_are_refused_where_they_are_related() -> None:
    with pytest.raises(ConfigError, match="training.noise_draws: got 2, need 1"):
        with_regulariser(small_config(noise_draws=2), weight=0.1)


@pytest.mark.parametrize("regularised", [False, True])
def test_resuming_is_bit_exact(tmp_path, dataset: Dataset, regularised: bool) -> None:
    config = small_config(steps=12)
    if regularised:
        config = with_regulariser(config, weight=0.1, warmup_steps=8)
    whole = Training(config, dataset)
    run(whole)

    killed = Training(config, dataset)
    for metrics in killed.run():
        if metrics.step == 5:
            killed.checkpoint().save(tmp_path / "checkpoint.pt")
        if metrics.step == 7:
            break
    resumed = Training(config, dataset, resume=Checkpoint.load(tmp_path / "checkpoint.pt"))
    torch.manual_seed(123)  # the global generator must not matter
    assert [m.step for m in resumed.run()] == list(range(6, 13))
    assert_same(whole.policy.state_dict(), resumed.policy.state_dict())
    assert_same(whole.ema.model.state_dict(), resumed.ema.model.state_dict())
    kept, again = (each.objective.state_dict() for each in (whole, resumed))
    assert kept.keys() == again.keys() and bool(kept) is regularised
    if regularised:
        assert_same(kept["regulariser"]["network"], again["regulariser"]["network"])
        assert kept["regulariser"]["log_partition"] == again["regulariser"]["log_partition"]


def test_weight_zero_is_bit_identical_to_no_regulariser(dataset: Dataset) -> None:
    plain = Training(small_config(), dataset)
    zero = Training(with_regulariser(small_config(), weight=0.0), dataset)
    some = Training(with_regulariser(small_config(), weight=0.1, warmup_steps=0), dataset)
    metrics = [run(t) for t in (plain, zero, some)]
    assert_same(plain.policy.state_dict(), zero.policy.state_dict())
    assert [m.denoising_error for m in metrics[0]] == [m.denoising_error for m in metrics[1]]
    assert all(torch.isfinite(torch.tensor(m.bound)) for m in metrics[1])
    weight = "denoiser.out.1.weight"
    assert not torch.equal(plain.policy.state_dict()[weight], some.policy.state_dict()[weight])


def test_the_regulariser_raises_the_bound(dataset: Dataset) -> None:
    """With noise predicted from what is seen anyway, a large weight must leave a larger bound than none."""
    bounds = []
    for weight in (0.0, 0.3):
        config = small_config(steps=200, batch=64, learning_rate=1e-3)
        config = with_regulariser(config, weight=weight, warmup_steps=20, learning_rate=5e-3)
        bounds.append(sum(m.bound for m in run(Training(config, dataset))[-50:]) / 50)
    assert bounds[1] > bounds[0] + 0.1


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("predicted_noise", "noisy_action"),
        ("observation", "predicted_noise"),
        ("denoised_action", "demonstrated_action"),
    ],
)
def test_other_pairs_train(dataset: Dataset, x: str, y: str) -> None:
    training = Training(with_regulariser(small_config(steps=3), x=x, y=y), dataset)
    assert all(torch.isfinite(torch.tensor([m.bound, m.statistics_loss, m.gradient_norm])).all() for m in run(training))


def test_divergence_is_an_error_and_not_a_checkpoint_of_nan(dataset: Dataset) -> None:
    training = Training(small_config(), dataset)
    with torch.no_grad():
        next(training.policy.denoiser.parameters()).fill_(float("inf"))
    with pytest.raises(TrainingError, match="diverged at step 0"):
        run(training)


def test_resuming_refuses_other_data_and_other_settings(dataset: Dataset) -> None:
    saved = Training(small_config(), dataset).checkpoint()
    with pytest.raises(ConfigError, match=r"training.batch: 32 != 16; --fresh starts over"):
        Training(small_config(batch=16), dataset, resume=saved)
    with pytest.raises(ConfigError, match=r"other demonstrations .*; --fresh starts over, name=OTHER"):
        Training(small_config(), build_dataset([reach_episode(77)]), resume=saved)


def test_places_names_and_more_steps_do_not_keep_from_resuming(dataset: Dataset) -> None:
    """The demonstrations' hash decides, not where they and the runs lie."""
    first = Training(small_config(steps=4), dataset)
    run(first)
    moved = replace(small_config(steps=6, save_every=3, log_every=1), name="b", data="elsewhere", runs="other")
    resumed = Training(moved, dataset, resume=first.checkpoint())
    assert [m.step for m in resumed.run()] == [5, 6]


def test_measuring_on_held_out_windows_changes_nothing(dataset: Dataset) -> None:
    plain = Training(small_config(), dataset)
    measured = Training(small_config(), dataset, held_out=build_dataset([reach_episode(99)]))
    run(plain)
    errors = [(measured.held_out_error(), m.step)[0] for m in measured.run()]
    assert_same(plain.policy.state_dict(), measured.policy.state_dict())
    assert errors[-1] < errors[0] and measured.held_out_error() == measured.held_out_error()
    assert torch.isnan(torch.tensor(plain.held_out_error()))


def test_every_pass_sees_every_window_once() -> None:
    batches = Batches(windows=10, batch=4, seed=3)
    seen = torch.cat([batches[i] for i in range(5)])
    assert sorted(seen[:10].tolist()) == sorted(seen[10:].tolist()) == list(range(10))
    assert seen[:10].tolist() != seen[10:].tolist()
    assert torch.equal(Batches(10, 4, 3)[4], batches[4])
    assert len(Batches(windows=3, batch=8, seed=0)[0]) == 8


def test_episodes_must_agree_and_exist() -> None:
    with pytest.raises(FileFormatError, match="no demonstrations"):
        build_dataset([])
    episode = reach_episode(0)
    other = Episode(replace(CONTRACT, rate_hz=20.0), episode.time_s, episode.observation, episode.action)
    with pytest.raises(ContractMismatchError, match=r"episode 1.*rate_hz: 10.0 != 20.0"):
        build_dataset([episode, other])


def test_the_data_hash_follows_the_values() -> None:
    a, b = reach_episode(0), reach_episode(1)
    assert build_dataset([a, b]).data_hash == build_dataset([a, b]).data_hash
    assert build_dataset([a, b]).data_hash != build_dataset([b, a]).data_hash


def test_learning_rate_warms_up_and_ends_at_zero() -> None:
    factors = [learning_rate_factor(s, 10, 100) for s in range(101)]
    assert max(factors) == factors[10] == 1.0
    assert factors[55] == pytest.approx(0.5)
    assert factors[100] == pytest.approx(0.0)
    assert all(b > a for a, b in zip(factors[:10], factors[1:11], strict=True))
