"""Observations that are well formed, fresh and wrong: held with value and limit, and never for ever."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midp_ros.control import ObservationMonitor, PlausibilityCheck, Sample, State
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, matrix_from_rotation6, rotation_about_z, tool_down
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.workspace import Workspace

CONTRACT = Contract.load(Path(__file__).parents[3] / "config" / "contracts" / "reach.yaml")
MODEL = ArmModel("fr3")
GOAL = [0.5, 0.1, 0.3]


def samples(time_s, **changed):
    tool = MODEL.forward(MODEL.profile.ready_rad)
    values = {
        "joint_position": MODEL.profile.ready_rad,
        "tool_position": tool.position_m,
        "tool_rotation": tool.rotation6,
        "goal_position": np.array(GOAL),
        "goal_rotation": Pose(np.zeros(3), tool_down(0.0)).rotation6,
    }
    return {name: Sample(time_s, np.asarray(changed.get(name, value), float)) for name, value in values.items()}


def with_limits(name, **limits):
    entries = tuple(replace(e, **limits) if e.name == name else e for e in CONTRACT.observation)
    return replace(CONTRACT, observation=entries)


class Watch:
    """A monitor that sees a goal every 0.1 s."""

    def __init__(self, contract=CONTRACT, table_height_m=0.0):
        self.monitor = ObservationMonitor(contract, 0.5, PlausibilityCheck(contract, MODEL, table_height_m))
        self.time_s = 10.0

    def see(self, **changed):
        self.time_s = round(self.time_s + 0.1, 3)
        self.monitor.observe(self.time_s, samples(self.time_s, **changed))
        return self.monitor.reason

    def goals(self, *goals):
        """Which of the goals are acted on."""
        return [not self.see(goal_position=goal) for goal in goals]


@pytest.mark.parametrize(
    "goal, words",
    [
        ([0.05, 0.0, 0.1], "[0.05, 0.00, 0.10] m is in the robot's base: 0.05 m from the middle of fr3_link1"),
        ([-0.1, 0.0, 0.05], "fr3_link0"),
        ([0.5, 0.0, -0.15], "[0.50, 0.00, -0.15] m is under the table, whose height is 0 m"),
        ([1.3, 0.0, 0.333], "1.30 m from the shoulder, and the arm reaches 0.95 m"),
    ],
)
def test_where_the_tool_cannot_be_holds_and_says_why(goal, words):
    watch = Watch()
    assert not watch.see()
    reason = watch.see(goal_position=goal)
    assert reason.startswith("implausible observation of goal_position: ") and words in reason
    assert watch.monitor.state is State.HOLDING


def test_a_table_that_is_not_known_is_not_checked():
    watch = Watch(table_height_m=None)
    assert not watch.see(goal_position=[0.5, 0.0, -0.15])


def test_an_outlier_holds_and_lets_go_again():
    far = [0.5, -0.3, 0.3]
    assert Watch().goals(GOAL, GOAL, far, *[GOAL] * 4) == [True, True, False, False, False, True, True]
    watch = Watch()
    watch.see()
    assert watch.see(goal_position=far).endswith(
        "it jumped by 0.40 m from one sample to the next, 0.15 m at most are plausible"
    )


def test_a_goal_that_was_carried_elsewhere_is_believed_after_half_a_second():
    watch, far = Watch(), [0.5, -0.6, 0.3]
    acted = watch.goals(GOAL, *[far] * 8)
    assert acted == [True, *[False] * 5, True, True, True]
    assert not any(watch.goals(GOAL, GOAL)), "and the old place is a jump then"


def test_a_jump_that_stays_is_not_brought_nearer_by_the_time_that_passes():
    """0.25 m are 0.2 s of motion at 1 m/s: only the half second of confirmation counts."""
    watch, away = Watch(), [0.5, -0.15, 0.3]
    assert watch.goals(GOAL, *[away] * 5) == [True, *[False] * 5]


def test_two_senders_that_take_turns_hold_for_good():
    watch, other = Watch(), [0.6, -0.4, 0.3]
    assert not any(watch.goals(GOAL, other, *[GOAL, other] * 10)[1:])


def test_what_moves_fast_but_steadily_is_followed():
    watch = Watch()
    assert all(watch.goals(*([0.4 + 0.08 * k, 0.0, 0.3] for k in range(7))))


def test_after_a_gap_more_is_plausible():
    watch = Watch()
    watch.goals(GOAL)
    watch.time_s += 0.4
    assert watch.goals([0.5, -0.3, 0.3]) == [True]


def test_the_same_sample_again_is_judged_the_same():
    watch, far = Watch(), [0.5, -0.4, 0.3]
    watch.goals(GOAL, far)
    for _ in range(20):  # the sender has stopped; its last message is old soon, and is not believed meanwhile
        watch.monitor.observe(watch.time_s + 0.05, samples(watch.time_s, goal_position=far))
        assert "jumped" in watch.monitor.reason


def test_a_reset_accepts_what_comes_next():
    watch = Watch()
    watch.goals(GOAL)
    watch.monitor.reset()
    assert watch.goals([0.5, -0.4, 0.3]) == [True]


def test_the_robot_s_own_state_must_not_jump_either():
    other = MODEL.profile.ready_rad + np.array([0, 0, 1.2, 0, 0, 0, 0])
    watch = Watch()
    watch.see()
    assert "fr3_joint3 jumped by 1.20 rad" in watch.see(joint_position=other)
    watch = Watch()
    watch.see()
    assert "tool_position: it jumped by 1.00 m" in watch.see(
        tool_position=samples(0.0)["tool_position"].value + [1, 0, 0]
    )


def test_the_contract_s_limits_come_first():
    watch = Watch(with_limits("goal_position", low=(0.3, -0.2, 0.1), high=(0.7, 0.2, 0.4)))
    assert not watch.see(goal_position=GOAL)
    assert "number 2 is 0.250 m, above the contract's 0.2" in watch.see(goal_position=[0.5, 0.25, 0.3])
    slow = Watch(with_limits("goal_position", max_speed=0.1))
    slow.see()
    assert "jumped by 0.10 m" in (reason := slow.see(goal_position=[0.5, 0.2, 0.3])) and "0.06 m at most" in reason


def test_rotations_may_turn_as_they_like_unless_the_contract_says_how_fast():
    turned = Pose(np.zeros(3), rotation_about_z(np.pi / 2) @ tool_down(0.0)).rotation6
    watch = Watch(with_limits("goal_rotation", max_speed=None))
    watch.see()
    assert not watch.see(goal_rotation=turned), "a cube's yaw jumps by a quarter turn"
    watch = Watch(with_limits("goal_rotation", max_speed=3.0))
    watch.see()
    assert "jumped by 1.57 rad" in watch.see(goal_rotation=turned)


@pytest.mark.parametrize("name", ["goal_rotation", "tool_rotation"])
def test_what_looks_the_same_from_no_other_side_must_not_jump(name):
    """The goal of `reach` by its contract, the robot's own tool by its joints."""
    watch = Watch()
    before = samples(0.0)[name].value
    over = (rotation_about_z(np.pi) @ matrix_from_rotation6(before))[:, :2].T.ravel()
    assert not watch.see()
    assert f"{name}: it jumped by 3.14 rad" in watch.see(**{name: over})
    assert [bool(watch.see()) for _ in range(4)][-1] is False


@pytest.mark.parametrize("robot", ["fr3", "panda"])
def test_the_reach_is_that_of_random_postures(robot):
    model = ArmModel(robot)
    workspace, rng = Workspace(model), np.random.default_rng(5)
    low, high = model.profile.position_min_rad, model.profile.position_max_rad
    tools = [model.forward(rng.uniform(low, high)).position_m for _ in range(3000)]
    away = np.linalg.norm(np.array(tools) - workspace.shoulder_m, axis=1)
    assert away.max() <= workspace.reach_m < away.max() + 0.03
