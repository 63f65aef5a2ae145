"""Scenes that are turned and moved: against poses composed one by one, and in training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from moved_scenes import CONTRACT, RANGES, pick_episode  # noqa: E402

from midp_ros.core.plain_data import ConfigError  # noqa: E402
from midp_ros.core.pose import Pose, matrix_from_rotation6  # noqa: E402
from midp_ros.learning.augmentation.scene_motions import SceneMotions, random_numbers  # noqa: E402
from midp_ros.learning.config import ModelConfig, TrainConfig, TrainingConfig  # noqa: E402
from midp_ros.learning.dataset import build_dataset  # noqa: E402
from midp_ros.learning.training import Training  # noqa: E402


@pytest.fixture(scope="module")
def dataset():
    return build_dataset([pick_episode(seed=seed) for seed in range(3)])


def test_everything_keeps_its_place_relative_to_everything_else(dataset):
    motions, generator = SceneMotions(CONTRACT, RANGES), torch.Generator().manual_seed(1)
    motion = motions.draw(dataset.observation, random_numbers(len(dataset), generator))
    seen = motions.observation(motion, dataset.observation).numpy()
    commanded = motions.action(motion, dataset.action).numpy()

    def poses(array, places, name):
        position = array[..., places[f"{name}_position"]].reshape(-1, 3)
        rotation = array[..., places[f"{name}_rotation"]].reshape(-1, 6)
        return [Pose(p, matrix_from_rotation6(r)) for p, r in zip(position, rotation, strict=True)]

    for array, moved, places in (
        (dataset.observation.numpy(), seen, CONTRACT.observation_slices),
        (dataset.action.numpy(), commanded, CONTRACT.action_slices),
    ):
        of_each = array.shape[1]
        cubes = poses(dataset.observation.numpy()[:, -1:], CONTRACT.observation_slices, "object")
        moved_cubes = poses(seen[:, -1:], CONTRACT.observation_slices, "object")
        for k, (tool, there) in enumerate(zip(poses(array, places, "tool"), poses(moved, places, "tool"), strict=True)):
            cube, moved_cube = cubes[k // of_each], moved_cubes[k // of_each]
            offset_m = cube.rotation.T @ (tool.position_m - cube.position_m)
            moved_offset_m = moved_cube.rotation.T @ (there.position_m - moved_cube.position_m)
            np.testing.assert_allclose(moved_offset_m, offset_m, atol=1e-6)
            turned = moved_cube.rotation.T @ there.rotation
            np.testing.assert_allclose(turned, cube.rotation.T @ tool.rotation, atol=1e-6)
            assert there.position_m[2] == pytest.approx(tool.position_m[2], abs=1e-7), "the table stays level"
    hidden = CONTRACT.observation_slices["joint_position"]
    np.testing.assert_array_equal(seen[..., hidden], dataset.observation.numpy()[..., hidden])


def test_the_anchor_comes_to_lie_anywhere_in_its_ranges(dataset):
    motions = SceneMotions(CONTRACT, RANGES)
    generator = torch.Generator().manual_seed(0)
    drawn = [motions.draw(dataset.observation, random_numbers(len(dataset), generator)) for _ in range(30)]
    seen = np.concatenate([motions.observation(motion, dataset.observation)[:, -1].numpy() for motion in drawn])
    place = seen[:, CONTRACT.observation_slices["object_position"]]
    rotation = seen[:, CONTRACT.observation_slices["object_rotation"]]
    yaw_rad = np.arctan2(rotation[:, 1], rotation[:, 0])
    for values, limits in (place[:, 0], RANGES.x_m), (place[:, 1], RANGES.y_m), (yaw_rad, RANGES.yaw_rad):
        share = (values - limits[0]) / (limits[1] - limits[0])
        assert -1e-6 <= share.min() < 0.02 and 0.98 < share.max() <= 1 + 1e-6
        assert np.mean(share) == pytest.approx(0.5, abs=0.05)


def test_what_cannot_be_moved_is_named():
    with pytest.raises(ConfigError, match="anchor='cube' is not to be found: 'pick' observes no cube_position"):
        SceneMotions(CONTRACT, replace(RANGES, anchor="cube"))
    joints, *others = CONTRACT.observation
    shown = replace(CONTRACT, observation=(replace(joints, policy_input=True), *others))
    with pytest.raises(ConfigError, match="not 'joint_position'; hide it from the policy"):
        SceneMotions(shown, RANGES)
    with pytest.raises(ConfigError, match="scene_motions.x_m"):
        replace(RANGES, x_m=(0.6, 0.3))


def test_training_draws_scenes_anew_and_resumes_bit_by_bit(dataset):
    config = TrainConfig(
        "few", "none", model=ModelConfig(channels=(8, 16), embedding=16), scene_motions=RANGES,
        training=TrainingConfig(steps=6, batch=16, warmup_steps=2),
    )  # fmt: skip
    assert TrainConfig.from_dict(config.to_dict()) == config
    assert "scene_motions" not in replace(config, scene_motions=None).to_dict()
    whole = Training(config, dataset)
    errors = [metrics.denoising_error for metrics in whole.run()]
    still = [metrics.denoising_error for metrics in Training(replace(config, scene_motions=None), dataset).run()]
    assert errors != still
    first = Training(config, dataset)
    steps = first.run()
    for _ in range(3):
        next(steps)
    second = Training(config, dataset, resume=first.checkpoint())
    assert [metrics.denoising_error for metrics in second.run()] == errors[3:]
    for one, other in zip(whole.policy.state_dict().values(), second.policy.state_dict().values(), strict=True):
        assert torch.equal(one, other)
