"""Noise on observations: which values move, that the goal of a chunk does not, and that a run resumes with it."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from moved_scenes import CONTRACT, RANGES, pick_episode  # noqa: E402

from midp_ros.core.errors import UnknownNameError  # noqa: E402
from midp_ros.core.plain_data import ConfigError  # noqa: E402
from midp_ros.learning.augmentation.observation_noise import ObservationNoise, displaced  # noqa: E402
from midp_ros.learning.config import ModelConfig, TrainConfig, TrainingConfig  # noqa: E402
from midp_ros.learning.dataset import build_dataset  # noqa: E402
from midp_ros.learning.training import Training  # noqa: E402

TOOL = CONTRACT.observation_slices["tool_position"]
CONFIG = TrainConfig(
    "noisy", "none", model=ModelConfig(channels=(8, 16), embedding=16), observation_noise={"tool_position": 0.01},
    training=TrainingConfig(steps=6, batch=16, warmup_steps=2),
)  # fmt: skip


@pytest.fixture(scope="module")
def dataset():
    return build_dataset([pick_episode(seed=seed) for seed in range(3)])


def test_only_what_is_named_moves_all_steps_of_a_window_alike_and_by_as_much_as_was_asked(dataset):
    noise = ObservationNoise(CONTRACT, {"tool_position": 0.01, "gripper_width": 0.002})
    displacement = noise.draw(20000, torch.Generator().manual_seed(0))
    window = dataset.observation[:1].expand(20000, -1, -1)
    moved = displaced(window, displacement) - window
    assert torch.allclose(moved[:, 0], moved[:, 1], atol=1e-6)
    deviation = moved[:, 0].std(0)
    assert deviation[TOOL].tolist() == pytest.approx([0.01] * 3, rel=0.05)
    assert deviation[CONTRACT.observation_slices["gripper_width"]].item() == pytest.approx(0.002, rel=0.05)
    others = [i for name, at in CONTRACT.observation_slices.items() for i in range(100)[at] if "tool_p" not in name]
    assert not moved[..., [i for i in others if i != CONTRACT.observation_slices["gripper_width"].start]].any()


def test_from_beside_a_way_a_chunk_leads_to_where_it_did(dataset):
    training = Training(CONFIG, dataset)
    chosen = torch.arange(8)
    displacement = torch.zeros(8, CONTRACT.observation_size)
    displacement[:, TOOL] = torch.tensor([0.02, -0.01, 0.005])
    _, action, _ = training._batch(chosen, displacement.double())
    beside = displaced(dataset.observed[chosen], displacement)
    led = training.policy.decode_action(beside, action)
    assert torch.allclose(led, dataset.predicted[chosen], atol=1e-5), "the action is absolute"


def test_the_ranges_of_the_normalisers_hold_what_the_noise_makes_of_a_chunk(dataset):
    half = lambda config: Training(config, dataset).policy.action_normalizer.half_range[:, :3]  # noqa: E731
    assert (half(CONFIG) > half(replace(CONFIG, observation_noise=None)) + 0.005).all()


@pytest.mark.parametrize("motions", [None, RANGES])
def test_training_draws_it_anew_and_resumes_bit_by_bit(dataset, motions):
    config = replace(CONFIG, scene_motions=motions)
    assert TrainConfig.from_dict(config.to_dict()) == config
    assert "observation_noise" not in replace(config, observation_noise=None).to_dict()
    errors = [metrics.denoising_error for metrics in Training(config, dataset).run()]
    still = replace(config, observation_noise=None)
    assert errors != [metrics.denoising_error for metrics in Training(still, dataset).run()]
    first = Training(config, dataset)
    steps = first.run()
    for _ in range(3):
        next(steps)
    second = Training(config, dataset, resume=first.checkpoint())
    assert [metrics.denoising_error for metrics in second.run()] == errors[3:]


def test_what_cannot_be_displaced_is_named():
    with pytest.raises(UnknownNameError, match="tool_positon"):
        ObservationNoise(CONTRACT, {"tool_positon": 0.01})
    with pytest.raises(ConfigError, match="observation_noise.tool_rotation"):
        ObservationNoise(CONTRACT, {"tool_rotation": 0.01})
    with pytest.raises(ConfigError, match="observation_noise.tool_position: got -1"):
        replace(CONFIG, observation_noise={"tool_position": -1.0})
