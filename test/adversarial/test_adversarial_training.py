"""Learners that act while they learn: run, kept, exported as every other learner, and judged by their own episodes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from reach_runs import configuration, demonstrations, reach_windows

from midp_ros.adversarial.training import AdversarialTraining
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.plain_data import ConfigError
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import ContextConfig
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.export import export_onnx
from midp_ros.learning.learners.learner import loop_of
from midp_ros.learning.monitoring.metrics_file import read_metrics
from midp_ros.learning.monitoring.run_directory import checkpoint_path, metrics_path, train_into
from midp_ros.learning.training import Training

NAMES = ["gail", *(pytest.param(name, marks=pytest.mark.slow) for name in ("gail_gp", "drail", "dil"))]


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_writes_its_files_and_goes_on(tmp_path, name):
    config, data = configuration(name), reach_windows()
    assert loop_of(config, Training) is AdversarialTraining
    training = AdversarialTraining(config, data, held_out=data)
    before = training.policy.mean.weight.detach().clone()
    assert [m.step for m, _ in train_into(training, tmp_path)] == [1, 2, 3]
    assert not torch.equal(before, training.policy.mean.weight)
    rows = read_metrics(metrics_path(tmp_path))
    assert len(rows) == 3 and all(math.isfinite(row[key]) for row in rows for key in ("denoising_error", "reward"))
    assert all(math.isfinite(row["held_out_error"]) for row in rows)

    saved = Checkpoint.load(checkpoint_path(tmp_path))
    going_on = AdversarialTraining(configuration(name, steps=4), data, resume=saved)
    for key in ("policy", "judge"):
        mine, kept = (
            (going_on.policy.state_dict(), saved.policy) if key == "policy" else
            (going_on.objective.state_dict()["judge"], saved.state["judge"])
        )  # fmt: skip
        assert all(torch.equal(mine[each], kept[each]) for each in kept), key
    assert [m.step for m in going_on.run()] == [4]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gail", "gail_gp", "drail", "dil"])
def test_it_is_exported_as_a_chunk_of_which_one_step_is_executed(tmp_path, name):
    data = reach_windows()
    saved = AdversarialTraining(configuration(name), data).checkpoint()
    for values in saved.ema.values():  # as after a training
        values.add_(0.1 * torch.randn(values.shape)) if values.ndim == 2 else None
    card, difference = export_onnx(saved, tmp_path / "policy.onnx")
    assert difference < 1e-4 and card.config["learner"]["name"] == name
    policy = OnnxPolicy(tmp_path / "policy.onnx")
    assert policy.executed_steps == 1
    window = ObservationWindow(policy.contract)
    seen = data.observation[0].numpy()
    window.push(0.0, seen[-1].astype(float))
    chunk = policy.act(window)
    assert isinstance(chunk, ActionChunk) and chunk.actions.shape == (3, 9)
    averaged = saved.build_policy()
    observation = torch.from_numpy(seen)[None]
    change = averaged.mean(averaged.trunk(averaged.observe(observation))).clamp(-1, 1)
    command = averaged.command(observation, change)[0]
    np.testing.assert_allclose(chunk.actions[0], command, atol=1e-5)
    # Once more as far in the next step, and then a stop.
    now = observation[0, -1] @ averaged.stay
    np.testing.assert_allclose(chunk.actions[1:], (now + 2 * (command - now)).expand(2, 9), atol=1e-5)


def test_what_ppo_acts_by_is_the_exported_policy_s_network():
    training = AdversarialTraining(configuration(), reach_windows())
    policy, actor = training.policy, training.generator.actor
    seen = torch.randn(5, policy.seen_size)
    found = actor.get_distribution(seen).distribution
    torch.testing.assert_close(found.mean, policy.mean(policy.trunk(seen)))
    torch.testing.assert_close(found.stddev, policy.log_deviation.exp().expand(5, -1))
    learned = {id(p) for group in training.optimiser.param_groups for p in group["params"]}
    assert learned == {id(p) for p in actor.parameters()}


def test_a_change_that_was_demonstrated_commands_the_demonstrated_action():
    training = AdversarialTraining(configuration(), reach_windows())
    windows, policy = reach_windows(), training.policy
    change = policy.demonstrated(windows.observation, windows.action)
    assert float(change.abs().max()) <= 1 + 1e-5
    commanded = policy.command(windows.observation, change)
    torch.testing.assert_close(commanded, windows.action[:, policy.contract.first_executed], atol=1e-6, rtol=0)


def test_cloning_comes_before_the_first_rollout_and_shows():
    errors = []
    for steps in (0, 100):
        training = AdversarialTraining(configuration(learner={"cloning_steps": steps}), reach_windows(),
                                       held_out=reach_windows())  # fmt: skip
        next(training.run())
        errors.append(training.held_out_error())
    assert errors[1] < 0.7 * errors[0]


@pytest.mark.slow
def test_a_known_reward_is_climbed():
    """The negative squared distance of the change to a known one: PPO's own part, without a judge."""
    section = {"environments": 32, "rollout": 1024, "ppo": {"epochs": 10, "discount": 0.0, "log_deviation": -1.5}}
    training = AdversarialTraining(configuration(learner=section, steps=8), reach_windows())
    size = training.policy.contract.action_size
    wanted = torch.linspace(-0.4, 0.4, size)
    training.acting.reward_of = lambda pairs: -(pairs[:, -size:] - wanted).square().sum(1)
    far = []
    for _ in training.run():
        seen = torch.from_numpy(training.acting.seen())
        far.append(float((training.policy.mean(training.policy.trunk(seen)) - wanted).square().mean()))
    assert far[-1] < 0.5 * wanted.square().mean()


@pytest.mark.parametrize(
    "learner, keys, error, says",
    [
        ({"world": "sea"}, {}, UnknownNameError, "learner.world.*kinematic, stand_in, tool"),
        ({"rollout": 60}, {}, ConfigError, "learner.rollout: got 60, need a multiple of environments=8"),
        ({"judge": {"reward": "success"}}, {}, UnknownNameError, "learner.judge.reward"),
        ({"task": "pick", "world": "tool"}, {}, MidpError, "objects that move"),
        ({"task": "avoid", "world": "tool"}, {}, MidpError, "the task is more than to bring the tool"),
        ({}, {"context": {}}, ConfigError, "context.executed: got 8, need 1: this learner decides step by step"),
        ({}, {"scene_frame": "goal"}, ConfigError, "scene_frame.*gail knows no other"),
    ],
)
def test_what_cannot_be_is_refused(learner, keys, error, says):
    with pytest.raises(error, match=says):
        config = configuration(learner=learner, **keys)
        data = reach_windows()
        if keys.get("context") == {}:
            data = build_dataset(demonstrations())
        AdversarialTraining(config, data)


def test_the_context_sets_what_a_chunk_holds():
    contract = reach_windows().contract
    assert (contract.horizon.observed, contract.horizon.predicted, contract.horizon.executed) == (1, 3, 1)
    with pytest.raises(ConfigError, match="context.executed: got 9, need at most 4, the steps"):
        ContextConfig(executed=9, ahead=4).contract(contract)
