"""Episodes without an arm or without physics, beside the stand-in's: the same commands, nearly the same episode."""

from __future__ import annotations

import numpy as np
import pytest
from reach_runs import demonstrations

from midp_ros.adversarial.episodes import TaskEpisodes, ToolEpisodes
from midp_ros.core.window import observation_vector
from midp_ros.simulation.environment import TaskEnvironment
from midp_ros.simulation.kinematic_simulation import MovableError

FAR_M = 1e-3  # of what they may differ by, in m and in a rotation's numbers


def test_the_tool_goes_where_the_stand_in_s_goes():
    actions, stand_in = demonstrations()[1].action, TaskEnvironment("reach")
    first = observation_vector(stand_in.contract, stand_in.reset(seed=1)[0])
    episodes = ToolEpisodes(TaskEnvironment("reach", kinematic=True), 1, seed=0)
    episodes._scenes = [first] * 2000  # that scene, and no other
    np.testing.assert_array_equal(episodes.begin([0])[0], first)
    shown = slice(7, None)  # behind the joints
    left = len(actions)
    for action in actions:
        left -= 1
        observation, _, terminated, _, _ = stand_in.step(action)
        found, ended, succeeded = episodes.step(action[None])
        expected = observation_vector(stand_in.contract, observation)
        np.testing.assert_allclose(found[0, shown], expected[shown], atol=FAR_M)
        if terminated or ended[0]:
            break
    assert left <= 2  # its goal is looked at less often
    for _ in range(2):
        if not succeeded[0]:
            _, ended, succeeded = episodes.step(actions[-1:])
    assert ended[0] and succeeded[0]


def test_an_arm_without_physics_goes_where_the_stand_in_s_goes():
    kinematic, stand_in = (TaskEnvironment("reach", kinematic=each) for each in (True, False))
    seen = [each.reset(seed=2)[0] for each in (kinematic, stand_in)]
    for action in demonstrations()[2].action:
        for name in seen[0]:
            np.testing.assert_allclose(seen[0][name], seen[1][name], atol=FAR_M)
        results = [each.step(action) for each in (kinematic, stand_in)]
        assert results[0][2] == results[1][2]
        seen = [observation for observation, *_ in results]
    assert results[0][2] and results[0][4]["reflexes"] == []


def test_without_physics_touches_count_and_nothing_can_be_moved():
    env = TaskEnvironment("avoid", kinematic=True)
    observation, _ = env.reset(seed=0)
    straight = np.concatenate([observation["goal_position"], observation["tool_rotation"]])
    terminated = False
    for share in np.linspace(0, 1, 40):
        action = straight.copy()
        action[:3] = (1 - share) * observation["tool_position"] + share * straight[:3]
        terminated = terminated or env.step(action)[2]
    assert terminated and not env._info()["is_success"]
    with pytest.raises(MovableError, match="'pick' has objects that move"):
        TaskEnvironment("pick", kinematic=True)


def test_episodes_begin_anew_alone_and_the_same_seed_is_the_same():
    first = []
    for _ in range(2):
        episodes = TaskEpisodes([TaskEnvironment("reach", kinematic=True) for _ in range(2)], seed=4)
        first.append(episodes.begin([0, 1]))
        assert not np.array_equal(episodes.begin([1])[0], first[-1][1])
    np.testing.assert_array_equal(*first)
    many = ToolEpisodes(TaskEnvironment("reach", kinematic=True), 3, seed=4)
    now = many.begin([0, 1, 2])
    many.step(np.concatenate([now[:, 7:10] + 0.01, now[:, 10:16]], axis=1))
    again = many.begin([1])
    kept = many.step(np.concatenate([now[:, 7:10] + 0.01, now[:, 10:16]], axis=1))[0]
    assert not np.array_equal(again[0], now[1]) and np.allclose(kept[0, 7:10], now[0, 7:10] + 0.01)


def test_an_episode_of_the_tool_ends_at_the_task_s_time():
    episodes = ToolEpisodes(TaskEnvironment("reach", kinematic=True), 2, seed=0)
    now = episodes.begin([0, 1])
    stay = np.concatenate([now[:, 7:10], now[:, 10:16]], axis=1)
    ends = [episodes.step(stay)[1:] for _ in range(80)]
    assert not any(ended.any() for ended, _ in ends[:-1]) and ends[-1][0].all() and not ends[-1][1].any()
