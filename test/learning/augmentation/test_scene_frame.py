"""The scene's own frame: there and back, against poses composed one by one, and what a policy does in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from moved_scenes import CONTRACT, RANGES, pick_episode  # noqa: E402
from synthetic import small_config  # noqa: E402

from midp_ros.core.plain_data import ConfigError  # noqa: E402
from midp_ros.core.pose import Pose, matrix_from_rotation6, rotation_about_z  # noqa: E402
from midp_ros.learning.augmentation.scene_motions import SceneMotions, random_numbers  # noqa: E402
from midp_ros.learning.checkpoint import Checkpoint  # noqa: E402
from midp_ros.learning.dataset import build_dataset  # noqa: E402
from midp_ros.learning.diffusion import DiffusionPolicy  # noqa: E402
from midp_ros.learning.export import export_onnx  # noqa: E402
from midp_ros.learning.frames.scene_frame import SceneFrame  # noqa: E402
from midp_ros.learning.sampler import Sampler  # noqa: E402

FRAMED = replace(small_config(), scene_frame="object")


@pytest.fixture(scope="module")
def dataset():
    return build_dataset([pick_episode(seed=seed) for seed in range(3)])


@pytest.fixture(scope="module")
def policy(dataset):
    torch.manual_seed(0)
    policy = DiffusionPolicy.of(CONTRACT, FRAMED)
    policy.fit_normalizers(dataset.observation, dataset.action)
    return policy.eval()


def poses(values, places, name):
    position = values[:, places[f"{name}_position"]].double().numpy()
    rotation = values[:, places[f"{name}_rotation"]].double().numpy()
    return [Pose(p, matrix_from_rotation6(r)) for p, r in zip(position, rotation, strict=True)]


def test_poses_are_those_that_the_object_sees(dataset):
    frame, places = SceneFrame(CONTRACT, "object"), CONTRACT.observation_slices
    seen, newest = frame.see(dataset.observation)[:, -1], dataset.observation[:, -1]
    for tool, cube, framed in zip(
        poses(newest, places, "tool"), poses(newest, places, "object"), poses(seen, places, "tool"), strict=True
    ):
        yaw = np.arctan2(cube.rotation[1, 0], cube.rotation[0, 0])
        back = rotation_about_z(-yaw)
        np.testing.assert_allclose(framed.rotation, back @ tool.rotation, atol=1e-6)
        offset = back @ (tool.position_m - [*cube.position_m[:2], 0.0])
        np.testing.assert_allclose(framed.position_m, offset, atol=1e-6)
    plain = places["gripper_width"], places["joint_position"]
    assert all(torch.equal(seen[:, place], newest[:, place]) for place in plain)


def test_actions_come_back(dataset):
    frame = SceneFrame(CONTRACT, "object")
    inside = frame.enter(dataset.observation, dataset.action)
    assert not torch.allclose(inside, dataset.action, atol=0.01)
    torch.testing.assert_close(frame.leave(dataset.observation, inside), dataset.action, rtol=0, atol=1e-6)


@torch.no_grad()
def test_a_scene_that_is_moved_moves_what_the_policy_commands(policy, dataset):
    motions, generator = SceneMotions(CONTRACT, RANGES), torch.Generator().manual_seed(1)
    motion = motions.draw(dataset.observation, random_numbers(len(dataset), generator))
    noise = torch.randn(dataset.action.shape, generator=generator)
    moved = motions.observation(motion, dataset.observation)
    here, there = (Sampler(policy)(seen, noise) for seen in (dataset.observation, moved))
    torch.testing.assert_close(there, motions.action(motion, here), rtol=0, atol=1e-4)


@pytest.mark.slow
def test_it_is_exported(policy, tmp_path):
    weights = policy.state_dict()
    checkpoint = Checkpoint(CONTRACT, FRAMED, 0, "", 0, "", weights, weights, {})
    _, difference = export_onnx(checkpoint, tmp_path / "test.onnx", 2)
    assert difference < 1e-4
    assert FRAMED.from_dict(FRAMED.to_dict()).scene_frame == "object" and "scene_frame" not in small_config().to_dict()


def test_what_has_no_such_object_is_refused():
    missing = "scene_frame='cube' is not to be found: 'pick' observes no cube_position.*; it observes object, tool"
    with pytest.raises(ConfigError, match=missing):
        SceneFrame(CONTRACT, "cube")
    joints = replace(CONTRACT.observation[0], policy_input=True)
    with pytest.raises(ConfigError, match="only positions and rotations in the base frame.*'joint_position'"):
        SceneFrame(replace(CONTRACT, observation=(joints, *CONTRACT.observation[1:])), "object")
