"""Object flow: trained, resumed, exported; what each part may know."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from carrying import CONTRACT, carried, flow_config, write_play
from on_meta import META, step_on_meta

from midp_ros.core.errors import MidpError
from midp_ros.core.plain_data import ConfigError
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.export import export_onnx
from midp_ros.learning.monitoring.verdict import verdict
from midp_ros.learning.training import Training
from midp_ros.object_flow.policy import FlowPolicy
from midp_ros.object_flow.ways import rest_of_way
from midp_ros.recording import write_episode


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return build_dataset([carried(seed) for seed in range(4)])


@pytest.fixture(scope="module")
def play(tmp_path_factory) -> Path:
    return write_play(tmp_path_factory.mktemp("data") / "play")


def flow_policy(play: Path, dataset: Dataset) -> FlowPolicy:
    policy = Training(flow_config(play), dataset).policy.eval()
    assert isinstance(policy, FlowPolicy)
    return policy


@pytest.mark.slow
def test_it_learns_resumes_bit_by_bit_and_is_exported(tmp_path, play, dataset):
    whole = Training(flow_config(play), dataset, held_out=dataset)
    errors = [metrics.denoising_error for metrics in whole.run()]
    assert np.mean(errors[-5:]) < np.mean(errors[:5])
    assert math.isfinite(whole.held_out_error())

    half = Training(flow_config(play), dataset)
    steps = half.run()
    for _ in range(10):
        next(steps)
    half.checkpoint().save(tmp_path / "half.pt")
    rest = Training(flow_config(play), dataset, resume=Checkpoint.load(tmp_path / "half.pt"))
    assert [metrics.denoising_error for metrics in rest.run()] == errors[10:]

    path = tmp_path / "policy.onnx"
    card, difference = export_onnx(whole.checkpoint(), path)
    assert difference < 1e-4 and card.sampling_steps == 3 and card.config["learner"]["name"] == "flow_points"
    policy = OnnxPolicy(path)
    assert policy.fresh_draws == 1  # 4 x 2 x 3 values of a flow, 8 x 3 of a chunk
    chunk = policy.predict(dataset.observation[:1].numpy(), np.zeros((1, 8, 3), np.float32))
    assert chunk.shape == (1, 8, 3)
    found = verdict(whole.ema.model, dataset, None, [])
    assert all(math.isfinite(e.error) for e in found.learned)


def test_every_tensor_of_a_step_is_on_the_device(play, dataset, monkeypatch):
    """But for the episodes' bounds, which are read from the device: there are no values to read here."""
    monkeypatch.setattr(FlowPolicy, "flows", lambda self, of: of.observed.steps.new_zeros(len(of), *self.flow_shape))
    step_on_meta(flow_config(play), dataset, monkeypatch)
    assert rest_of_way(torch.empty(9, 2, 3, device=META), steps=4).device == META


def test_the_policy_sees_nothing_of_the_task_and_the_generator_nothing_of_the_tool(play, dataset):
    policy = flow_policy(play, dataset)
    window = dataset.observation[:3]
    goal, tool = (CONTRACT.observation_slices[f"{name}_position"] for name in ("goal", "tool"))
    flow = torch.randn(3, *policy.flow_shape)
    other_task, other_tool = window.clone(), window.clone()
    other_task[..., goal] += 0.1
    other_tool[..., tool] += 0.1
    shown, moved = policy.encode_observation(window), policy.encode_observation(other_task)
    assert torch.equal(policy.flow_features(shown, flow), policy.flow_features(moved, flow))
    assert not torch.allclose(policy.scene_features(shown), policy.scene_features(moved), atol=1e-3)
    moved = policy.encode_observation(other_tool)
    torch.testing.assert_close(policy.scene_features(shown), policy.scene_features(moved), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(policy.flow_features(shown, flow), policy.flow_features(moved, flow), atol=1e-3)


def test_a_scene_elsewhere_is_the_same_scene(play, dataset):
    """Moved as a whole, as onto a higher table, it has the same flow and the same commands, moved."""
    policy = flow_policy(play, dataset)
    window, up = dataset.observation[:3], torch.tensor([0.0, 0.0, 0.3])
    higher = window.clone()
    higher[..., 2:] += up.repeat(4)
    noise, fresh = torch.randn(3, 8, 3), torch.randn(3, 1, 8, 3)
    with torch.no_grad():
        here, there = (policy.answer()(each, noise, fresh=fresh) for each in (window, higher))
    torch.testing.assert_close(there, here + up, atol=1e-4, rtol=0)


def test_points_that_are_spread_are_those_of_a_larger_object(play, dataset):
    """Carried without a turn, it has the same flow."""
    policy = flow_policy(play, dataset)
    larger = build_dataset([carried(seed, size=1.5) for seed in range(4)])
    small, large = (policy.encode_observation(each.observation) for each in (dataset, larger))
    flow = policy.flow_normalizer.normalize(policy.flows(dataset))
    seen, moved = policy.spread(small, flow, torch.full((len(small),), 1.5))
    torch.testing.assert_close(seen, large, atol=1e-4, rtol=0)
    torch.testing.assert_close(moved, policy.flow_normalizer.normalize(policy.flows(larger)), atol=1e-4, rtol=0)
    same = policy.spread(small, flow, torch.ones(len(small)))
    torch.testing.assert_close(same, (small, flow), atol=1e-5, rtol=0)


def test_demonstrations_teach_the_flow_and_play_the_actions(play, dataset):
    """Of the demonstrated actions nothing is learned: wrong ones leave the weights as they are."""
    wrong = build_dataset([carried(seed) for seed in range(4)])
    wrong.predicted.steps.copy_(wrong.predicted.steps.flip(0))
    trained = [Training(flow_config(play, steps=3), each) for each in (dataset, wrong)]
    ranges = trained[0].policy.action_normalizer.state_dict()
    trained[1].policy.action_normalizer.load_state_dict(ranges)  # ranges are taken from both
    errors = [[metrics.denoising_error for metrics in each.run()] for each in trained]
    assert errors[0] == errors[1]


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"learner": {"points": ["joint_position"]}}, "learner.points: got 'joint_position'"),
        ({"learner": {"task": ["goal"]}}, "learner.task: got 'goal'.*goal_position"),
        ({"learner": {"points": ["tool_position", "point_1_position"]}}, "all relative to the same entry"),
        ({"learner": {"steps": 0}}, "learner.steps: got 0"),
        ({"learner": {"step": 4}}, "step"),
        ({"scene_frame": "object"}, "scene_frame: .*flow_points knows no other"),
    ],
)
def test_what_it_cannot_do_is_refused(play, dataset, changes, says):
    plain = flow_config(play).to_dict()
    learner = {**plain["learner"], **changes.get("learner", {})}
    with pytest.raises(MidpError, match=says):
        Training(TrainConfig.from_dict({**plain, **changes, "learner": learner}), dataset)


def test_other_play_is_no_way_to_go_on(tmp_path, play, dataset):
    config = flow_config(play)
    checkpoint = Training(config, dataset).checkpoint()
    other = write_play(tmp_path / "play", episodes=2)
    checkpoint.state["play_hash"] = "0" * 64
    with pytest.raises(ConfigError, match=r"cannot resume: learner.play.*other play"):
        Training(config, dataset, resume=checkpoint)
    assert Training(flow_config(other), dataset).checkpoint().state["play_hash"] != "0" * 64


def test_what_is_left_out_of_play_is_said(tmp_path, dataset, caplog):
    folder = write_play(tmp_path / "play", episodes=2)
    failed = carried(200, around=True)
    failed.info["success"] = False
    write_episode(folder / "episode_000002.mcap", failed)
    Training(flow_config(folder), dataset)
    assert caplog.messages == [f"learner.play {folder}: 1 of 3 episodes failed and are left out"]
