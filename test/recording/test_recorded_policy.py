"""A recorded episode as a policy: it waits, goes to the recorded start, and yields each action at its step."""

import numpy as np
import pytest
from moving_episodes import UPRIGHT, moving

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.core.package_files import package_path
from midp_ros.core.step_times import StepTimeError
from midp_ros.core.window import ObservationWindow, observation_vector
from midp_ros.recording.replay import APPROACH_M_S, ReplayPolicy

TOOL = slice(0, 3)
SETTLED = 9  # steps at the recorded start before the first action


class FollowingArm:
    """An arm that is at each step where the step before was commanded."""

    def __init__(self, policy, tool):
        self.policy, self.tool, self.step = policy, np.array(tool, float), 0
        self.window = ObservationWindow(policy.contract)
        self.path = []

    def run(self, steps, offset=0.0):
        for _ in range(steps):
            contract = self.policy.contract
            first = self.policy.episode.observation[0]
            values = {e.name: first[contract.observation_slices[e.name]] for e in contract.observation}
            values |= {"tool_position": self.tool + offset, "tool_rotation": UPRIGHT}
            self.window.push(500.0 + self.step / contract.rate_hz, observation_vector(contract, values))
            chunk = self.policy.act(self.window)
            assert chunk.time_s == self.window.time_s and len(chunk) == 8
            self.chunk, self.tool = chunk, chunk.actions[0, TOOL]
            self.path.append(self.tool)
            self.step += 1


def arm_speed_m_s(episode):
    return np.linalg.norm(np.diff(episode.action[:, TOOL], axis=0), axis=1).max() * episode.contract.rate_hz


def test_from_the_recorded_start_each_action_comes_at_its_step():
    episode = moving()
    arm = FollowingArm(ReplayPolicy(episode), episode.column("tool_position")[0])
    arm.run(SETTLED + len(episode) + 5)
    np.testing.assert_allclose(arm.path[:SETTLED], [episode.column("tool_position")[0]] * SETTLED)
    np.testing.assert_array_equal(arm.path[SETTLED : SETTLED + 40], episode.action[:, TOOL])
    np.testing.assert_array_equal(arm.path[SETTLED + 40 :], [episode.action[-1, TOOL]] * 5)
    found = arm.policy.difference()
    assert arm.policy.done and found.steps == 40
    assert found.largest.position_m < 1e-9 and found.largest.rotation_rad < 1e-6


def test_a_loop_that_is_late_leaves_steps_out_and_ends_all_the_same():
    """A machine that stalls while the last action is due."""
    episode = moving()
    arm = FollowingArm(ReplayPolicy(episode), episode.column("tool_position")[0])
    arm.run(SETTLED + 38)
    assert not arm.policy.done
    arm.step += 2
    arm.run(1)
    assert arm.policy.done and arm.policy.progress == (38, 40) and arm.policy.difference().steps == 38
    assert arm.policy.interruptions == 0


@pytest.mark.parametrize("away_m", [0.0, 0.2])
def test_after_an_interruption_it_goes_slowly_to_where_the_arm_was_left_and_leaves_nothing_out(away_m):
    episode = moving()
    arm = FollowingArm(ReplayPolicy(episode), episode.column("tool_position")[0])
    arm.run(SETTLED + 20)
    left = arm.tool.copy()
    arm.step += 30  # held for 3 s, longer than what is left of the episode
    arm.tool[2] += away_m  # and moved by hand
    arm.run(1)
    assert not arm.policy.done and arm.policy.interruptions == 1
    arm.run(60)
    way = np.array(arm.path[SETTLED + 20 :])
    speed_m_s = np.linalg.norm(np.diff(way, axis=0, prepend=[left + [0, 0, away_m]]), axis=1) * episode.contract.rate_hz
    assert speed_m_s.max() <= max(APPROACH_M_S, arm_speed_m_s(episode)) + 1e-9
    assert arm.policy.done and arm.policy.progress == (40, 40)
    np.testing.assert_allclose(arm.path[-1], episode.action[-1, TOOL])
    assert arm.policy.difference().largest.position_m < 1e-9, "each step was recorded where the arm then was"


def test_an_interruption_on_the_way_to_the_start_lets_it_go_there_anew():
    episode = moving()
    start = episode.column("tool_position")[0]
    arm = FollowingArm(ReplayPolicy(episode), start + [0.2, 0, 0])
    arm.run(5)
    arm.step += 50
    arm.run(80)
    begun = next(k for k in range(len(arm.path) - 40) if np.allclose(arm.path[k : k + 40], episode.action[:, TOOL]))
    np.testing.assert_allclose(arm.path[begun - 5 : begun], [start] * 5, err_msg="it settles at the start first")
    assert arm.policy.done and arm.policy.progress == (40, 40)


def test_moved_from_rest_to_rest_it_leaves_nothing_out():
    """As a loop does whose last message came late: it asks for a chunk each second, of 0.8 s."""
    episode = moving(still=(12, 3))
    arm = FollowingArm(ReplayPolicy(episode), episode.column("tool_position")[0] + [0.1, 0, 0])
    for _ in range(12):
        arm.run(1)
        arm.tool, arm.step = arm.chunk.actions[-1, TOOL], arm.step + 9
        if arm.policy.done:
            break
    np.testing.assert_allclose(arm.tool, episode.action[-1, TOOL])
    reached = np.array(sorted(arm.policy.followed))
    assert arm.policy.done and reached[0] == 0 and np.diff(reached).max() <= 8
    assert arm.policy.difference().largest.position_m < 1e-3


def test_a_loop_that_begins_anew_asks_for_no_other_release_and_goes_on():
    """It resets the policy whenever the arm was held."""
    episode = moving()
    arm = FollowingArm(ReplayPolicy(episode, released=False), episode.column("tool_position")[0])
    arm.run(3)
    arm.policy.reset(0)
    arm.run(1)
    assert arm.policy.interruptions == 0
    arm.policy.release()
    arm.run(SETTLED + 10)
    start = arm.policy.start
    arm.policy.reset(0)
    arm.step += 2
    arm.run(1)
    assert arm.policy.interruptions == 1 and sorted(arm.policy.followed)[-1] == 10
    arm.run(40)
    assert arm.policy.done and arm.policy.progress == (40, 40) and arm.policy.start is start


def test_after_a_clock_that_was_set_back_it_goes_on_too():
    episode = moving()
    arm = FollowingArm(ReplayPolicy(episode), episode.column("tool_position")[0])
    arm.run(SETTLED + 20)
    arm.policy.reset(0)  # as the loop does then
    arm.step -= 15
    arm.window = ObservationWindow(episode.contract)
    arm.run(40)
    assert arm.policy.done and arm.policy.progress == (40, 40) and arm.policy.interruptions == 1


def test_after_an_interruption_the_gripper_stays_as_it_was_commanded():
    """A grasped object keeps the fingers open: the measured width would let go."""
    contract = Contract.load(package_path("config", "contracts", "pick.yaml"))
    times_s = np.arange(40) / contract.rate_hz
    observation, action = np.zeros((40, contract.observation_size)), np.zeros((40, contract.action_size))
    episode = Episode(contract, times_s, observation, action)
    for values, slices in ((observation, contract.observation_slices), (action, contract.action_slices)):
        values[:, slices["tool_position"]] = np.linspace([0.3, 0, 0.3], [0.4, 0, 0.3], 40)
        values[:, slices["tool_rotation"]] = UPRIGHT
        values[:, slices["gripper_width"]] = 0.08
    episode.action[15:, contract.action_slices["gripper_width"]] = 0.01
    policy = ReplayPolicy(episode)
    arm = FollowingArm(policy, [0.3, 0, 0.3])
    arm.run(SETTLED + 20)
    arm.step += 30
    arm.run(1)
    assert policy.interruptions == 1
    widths_m = policy.act(arm.window).actions[:, contract.action_slices["gripper_width"]]
    np.testing.assert_allclose(widths_m, 0.01)


def test_the_difference_is_what_was_off():
    episode = moving()
    arm = FollowingArm(ReplayPolicy(episode), episode.column("tool_position")[0])
    arm.run(SETTLED + 40, offset=np.array([0.0, 0.003, 0.0]))
    found = arm.policy.difference()
    assert found.mean.position_m == pytest.approx(0.003, abs=1e-4)
    assert found.largest_joint_rad == pytest.approx(0.3, abs=0.02), "the joints of the first step throughout"


def test_it_waits_for_its_release_where_it_stands_and_then_goes_slowly():
    episode = moving()
    start = episode.column("tool_position")[0]
    arm = FollowingArm(ReplayPolicy(episode, released=False), start + [0.2, 0, 0.1])
    arm.run(10)
    np.testing.assert_allclose(arm.path, [start + [0.2, 0, 0.1]] * 10, err_msg="a drift while it waits")
    assert arm.policy.start.position_m == pytest.approx(np.hypot(0.2, 0.1)) and arm.policy.progress == (0, 40)
    arm.policy.release()
    arm.run(80)
    way = np.array(arm.path[9:])
    speed = np.linalg.norm(np.diff(way, axis=0), axis=1)[:20] * episode.contract.rate_hz
    assert speed.max() <= APPROACH_M_S + 1e-9
    assert arm.policy.done
    begun = next(k for k in range(len(arm.path)) if np.allclose(arm.path[k : k + 40], episode.action[:, TOOL]))
    np.testing.assert_allclose(arm.path[begun - 5 : begun], [start] * 5, err_msg="it settles at the start first")


def test_what_cannot_be_replayed_is_refused_by_name():
    torn = moving()
    torn.time_s[20:] += 3
    with pytest.raises(FileFormatError, match="episode 0: 3.1 s lie between.*midp data split"):
        ReplayPolicy(torn)
    back = moving()
    back.time_s[20:] -= 3
    with pytest.raises(StepTimeError, match="goes back"):
        ReplayPolicy(back)
    flat = Contract.load(package_path("config", "contracts", "pusht.yaml"))
    episode = Episode(flat, np.arange(5) / 10, np.zeros((5, 6)), np.zeros((5, 2)), {}, "flat")
    with pytest.raises(FileFormatError, match="flat cannot be replayed: it has no tool_position and tool_rotation"):
        ReplayPolicy(episode)
    with pytest.raises(FileFormatError, match="nothing of episode 0 was replayed"):
        ReplayPolicy(moving()).difference()
