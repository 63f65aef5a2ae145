"""An episode step by step, with gymnasium's signatures."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.errors import CommandError, UnknownNameError
from midp_ros.core.seams import TASKS
from midp_ros.expert import make_expert
from midp_ros.inference.stepwise_policy import StepwisePolicy
from midp_ros.simulation import Reach
from midp_ros.simulation.environment import make_env


@pytest.fixture(scope="module")
def env():
    return make_env("reach")


def run(env, seed):
    """The last step of the expert's episode, and everything that was observed."""
    policy = StepwisePolicy(make_expert("reach", env.contract))
    policy.reset(seed)
    observation, info = env.reset(seed=seed)
    assert info["seed"] == seed and info["time_s"] == 0.0 and not info["is_success"]
    seen, terminated, truncated = [observation], False, False
    while not (terminated or truncated):
        observation, reward, terminated, truncated, info = env.step(policy.act(observation))
        seen.append(observation)
    return (reward, terminated, truncated, info), seen


def test_the_expert_succeeds_and_the_same_seed_is_the_same_episode(env):
    (reward, terminated, truncated, info), seen = run(env, 3)
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["is_success"] and info["position_error_m"] < 0.01 and info["reflexes"] == []
    assert list(seen[0]) == [entry.name for entry in env.contract.observation]
    again = run(env, 3)[1]
    assert len(again) == len(seen)
    for a, b in zip(seen, again, strict=True):
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])


def test_an_arm_that_stays_is_truncated_at_the_time_limit(env):
    observation, info = env.reset(seed=4)
    stay = np.concatenate([observation["tool_position"], observation["tool_rotation"]])
    steps, truncated = 0, False
    while not truncated:
        _, reward, terminated, truncated, info = env.step(stay)
        steps += 1
        assert reward == 0.0 and not terminated
    assert steps == round(8.0 * env.contract.rate_hz) and info["time_s"] == pytest.approx(8.0)


def test_a_failure_that_rules_out_success_terminates_without_a_reward(monkeypatch):
    env = make_env("avoid")
    observation, _ = env.reset(seed=0)
    stay = np.concatenate([observation[entry.name] for entry in env.contract.action])
    monkeypatch.setattr(env.simulation.task, "failed", lambda engine: True)
    _, reward, terminated, truncated, info = env.step(stay)
    assert (reward, terminated, truncated, info["is_success"]) == (0.0, True, False, False)


def test_without_a_seed_episodes_differ(env):
    assert env.reset()[1]["seed"] != env.reset()[1]["seed"]


@pytest.mark.parametrize("action", [np.zeros(3), np.full(9, np.nan)])
def test_a_wrong_action_is_refused(env, action):
    env.reset(seed=0)
    with pytest.raises(CommandError, match="an action is 9 finite numbers, got"):
        env.step(action)


def test_a_contract_with_images_brings_pictures():
    env = make_env("reach", contract="reach_pixels")
    observation, _ = env.reset(seed=3)
    assert list(observation) == ["joint_position", "tool_position", "tool_rotation", "front", "wrist"]
    assert observation["wrist"].shape == (96, 96, 3) and observation["wrist"].dtype == np.uint8
    env.close()


def test_an_unknown_task_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="known: avoid, "):
        make_env("reech")


def test_a_task_of_one_s_own_needs_no_package():
    class Near(Reach):
        name = "near"
        time_limit_s = 1.0

    own = make_env(Near(), contract="reach")
    assert set(own.reset(seed=0)[0]) == {entry.name for entry in own.contract.observation}
    own.close()


def test_gymnasium_s_own_check_passes():
    checker = pytest.importorskip("gymnasium.utils.env_checker")
    env = make_env("reach")
    checker.check_env(env, skip_render_check=True)
    assert env.unwrapped is env
    assert env.observation_space.contains(env.reset(seed=0)[0])


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_made_by_its_name_and_passes_gymnasium_s_check(task):
    gymnasium = pytest.importorskip("gymnasium")
    checker = pytest.importorskip("gymnasium.utils.env_checker")
    env = gymnasium.make(f"midp_ros.environments:midp_ros/{task}-v0")
    checker.check_env(env.unwrapped, skip_render_check=True)
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    env.close()


def test_a_made_environment_is_rendered_where_that_is_asked_for():
    gymnasium = pytest.importorskip("gymnasium")
    name = "midp_ros.environments:midp_ros/reach-v0"
    env = gymnasium.make(name, render_mode="rgb_array")
    env.reset(seed=0)
    assert env.render().shape[2] == 3
    env.close()
    with pytest.raises(gymnasium.error.UnsupportedMode, match="rgb_array"):
        gymnasium.make(name, render_mode="film")
