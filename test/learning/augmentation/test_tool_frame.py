"""The tool's own frame: against poses composed one by one, there and back, and in what is exported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from moved_scenes import CONTRACT, pick_episode  # noqa: E402
from synthetic import small_config  # noqa: E402

from midp_ros.core.plain_data import ConfigError  # noqa: E402
from midp_ros.core.pose import matrix_from_rotation6, rotation_about_z  # noqa: E402
from midp_ros.learning.checkpoint import Checkpoint  # noqa: E402
from midp_ros.learning.dataset import build_dataset  # noqa: E402
from midp_ros.learning.diffusion import DiffusionPolicy  # noqa: E402
from midp_ros.learning.export import export_onnx  # noqa: E402
from midp_ros.learning.features import Features  # noqa: E402

FRAMED = replace(small_config(), scene_frame="tool")
PLACES, ACTIONS = CONTRACT.observation_slices, CONTRACT.action_slices


@pytest.fixture(scope="module")
def dataset():
    return build_dataset([pick_episode(seed=seed) for seed in range(3)])


def test_commands_are_what_the_tool_sees_and_observations_stay(dataset):
    features, plain = Features(CONTRACT, "tool"), Features(CONTRACT)
    assert torch.equal(features.observe(dataset.observation), plain.observe(dataset.observation))
    seen = features.encode_action(dataset.observation, dataset.action)
    for window in (0, 7, len(dataset) - 1):
        newest = dataset.observation[window, -1].double().numpy()
        base = matrix_from_rotation6(newest[PLACES["tool_rotation"]])
        for action, relative in zip(dataset.action[window].double(), seen[window].double(), strict=True):
            offset = action[ACTIONS["tool_position"]].numpy() - newest[PLACES["tool_position"]]
            np.testing.assert_allclose(relative[ACTIONS["tool_position"]], base.T @ offset, atol=1e-6)
            turned = base.T @ matrix_from_rotation6(action[ACTIONS["tool_rotation"]].numpy())
            np.testing.assert_allclose(relative[ACTIONS["tool_rotation"]], turned[:, :2].T.ravel(), atol=1e-6)
            assert relative[ACTIONS["gripper_width"]] == action[ACTIONS["gripper_width"]]


def test_actions_come_back(dataset):
    features = Features(CONTRACT, "tool")
    inside = features.encode_action(dataset.observation, dataset.action)
    torch.testing.assert_close(features.decode_action(dataset.observation, inside), dataset.action, rtol=0, atol=1e-6)


def test_hand_and_goal_that_are_turned_together_give_the_same_commands(dataset):
    """What makes it the frame of a camera on the hand: a turn of all about any axis changes nothing."""
    features = Features(CONTRACT, "tool")
    tilt = np.array([[1, 0, 0], [0, np.cos(0.3), -np.sin(0.3)], [0, np.sin(0.3), np.cos(0.3)]])
    turn = torch.tensor(rotation_about_z(1.1) @ tilt, dtype=torch.float32)

    def turned(values, places):
        values = values.clone()
        for place in (v for k, v in places.items() if k.startswith("tool_")):
            parts = values[..., place].split(3, -1)
            values[..., place] = torch.cat([part @ turn.T for part in parts], -1)
        return values

    moved = turned(dataset.observation, PLACES), turned(dataset.action, ACTIONS)
    here = features.encode_action(dataset.observation, dataset.action)
    torch.testing.assert_close(features.encode_action(*moved), here, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_it_is_exported(dataset, tmp_path):
    torch.manual_seed(0)
    policy = DiffusionPolicy.of(CONTRACT, FRAMED)
    policy.fit_normalizers(dataset.observation, dataset.action)
    weights = policy.state_dict()
    _, difference = export_onnx(
        Checkpoint(CONTRACT, FRAMED, 0, "", 0, "", weights, weights, {}), tmp_path / "t.onnx", 2
    )
    assert difference < 1e-4


def test_a_tool_that_is_not_observed_is_refused():
    seen = (replace(e, relative_to=None) for e in CONTRACT.observation if not e.name.startswith("tool_"))
    commanded = (replace(e, relative_to=None) for e in CONTRACT.action)
    blind = replace(CONTRACT, observation=tuple(seen), action=tuple(commanded))
    with pytest.raises(ConfigError, match="scene_frame='tool' is not to be found: 'pick' observes no tool_position"):
        Features(blind, "tool")
