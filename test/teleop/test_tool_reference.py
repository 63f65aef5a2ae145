"""Tool reference: bounded speed and acceleration, the box, goals and the clutch."""

import numpy as np
import pytest

from midp_ros.core.pose import Pose, angle_between, rotation_about_z
from midp_ros.teleop.clutch import Clutch
from midp_ros.teleop.leader_sync import FOLLOWING, SYNC_RAD_S, SYNCING, LeaderSync
from midp_ros.teleop.tool_reference import REST, Drive, ToolLimits, ToolReference

HERE = Pose(np.array([0.5, 0.0, 0.4]), np.eye(3))
STEP_S = 0.01


def follow(reference, command, duration_s):
    """Velocities (steps, 6) meanwhile."""
    rows = []
    for _ in range(round(duration_s / STEP_S)):
        reference.advance(command, STEP_S)
        rows.append(np.concatenate([reference.linear_m_s, reference.angular_rad_s]))
    return np.array(rows)


@pytest.mark.parametrize("seed", range(5))
def test_speed_and_acceleration_stay_bounded_under_any_command(seed):
    rng, limits = np.random.default_rng(seed), ToolLimits()
    reference, rows = ToolReference(limits, HERE), [np.zeros((1, 6))]
    for _ in range(50):
        direction = rng.normal(size=(2, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        drive = Drive(limits.linear_m_s * direction[0], limits.angular_rad_s * direction[1])
        goal = Pose(HERE.position_m + rng.normal(0, 0.1, 3), rotation_about_z(rng.uniform(-1, 1)))
        rows.append(follow(reference, [drive, goal, REST][rng.integers(3)], rng.uniform(0.02, 0.3)))
    velocity = np.concatenate(rows)
    for part, speed, most in (
        (slice(0, 3), "linear_m_s", "linear_m_s2"),
        (slice(3, 6), "angular_rad_s", "angular_rad_s2"),
    ):
        assert np.linalg.norm(velocity[:, part], axis=1).max() <= getattr(limits, speed) + 1e-9
        change = np.linalg.norm(np.diff(velocity[:, part], axis=0), axis=1).max() / STEP_S
        assert change <= getattr(limits, most) + 1e-6


def test_rest_stops_within_speed_over_acceleration():
    reference = ToolReference(ToolLimits(), HERE)
    follow(reference, Drive(np.array([0.25, 0, 0]), np.zeros(3)), 0.5)
    follow(reference, REST, 0.25 / 2.0 + 2 * STEP_S)
    assert reference.at_rest


def test_a_goal_is_reached_without_overshoot():
    goal = Pose(HERE.position_m + [0.1, 0, 0], rotation_about_z(0.5))
    reference = ToolReference(ToolLimits(), HERE)
    xs = []
    for _ in range(150):
        xs.append(reference.advance(goal, STEP_S).position_m[0])
    assert max(xs) <= 0.6 + 1e-6 and xs[-1] == pytest.approx(0.6, abs=1e-4)
    assert angle_between(reference.pose.rotation, goal.rotation) < 1e-3


def test_the_box_holds_the_tool_and_one_outside_only_comes_back():
    limits = ToolLimits(low_m=np.array([0.4, -0.1, 0.3]), high_m=np.array([0.6, 0.1, 0.5]))
    reference = ToolReference(limits, HERE)
    follow(reference, Drive(np.full(3, 0.1), np.zeros(3)), 3.0)
    np.testing.assert_allclose(reference.pose.position_m, limits.high_m)
    outside = ToolReference(limits, Pose(np.array([0.8, 0.0, 0.4]), np.eye(3)))
    follow(outside, Drive(np.array([0.2, 0, 0]), np.zeros(3)), 0.5)
    assert outside.pose.position_m[0] == 0.8
    follow(outside, Drive(np.array([-0.2, 0, 0]), np.zeros(3)), 0.5)
    assert 0.6 < outside.pose.position_m[0] < 0.75, "no jump into the box"


def test_looking_ahead_moves_nothing_and_ends_at_rest():
    reference = ToolReference(ToolLimits(), HERE)
    poses = reference.ahead(Drive(np.array([0.2, 0, 0]), np.zeros(3)), 0.1, 30, STEP_S)
    assert reference.pose is HERE and reference.at_rest
    np.testing.assert_array_equal(poses[-1].position_m, poses[-3].position_m)
    assert poses[-1].position_m[0] > 0.51


def test_a_target_that_runs_away_is_pulled_back():
    reference = ToolReference(ToolLimits(), Pose(HERE.position_m + [0.3, 0, 0], rotation_about_z(1.0)))
    reference.keep_near(HERE, 0.06, 0.3)
    assert np.linalg.norm(reference.pose.position_m - HERE.position_m) == pytest.approx(0.06)
    assert angle_between(reference.pose.rotation, HERE.rotation) == pytest.approx(0.3)


# --- clutch ----------------------------------------------------------------------------------------------------------
def hand(x, turn=0.0):
    return Pose(np.array([x, 7.0, -3.0]), rotation_about_z(turn))


def test_a_closed_clutch_takes_the_hands_motion_not_its_place():
    clutch = Clutch()
    assert clutch.follow(hand(0.0), HERE, 1.0) is HERE
    goal = clutch.follow(hand(0.05, 0.2), HERE, 1.0)
    np.testing.assert_allclose(goal.position_m, HERE.position_m + [0.05, 0, 0])
    assert angle_between(goal.rotation, rotation_about_z(0.2)) < 1e-9
    clutch.open()
    assert clutch.follow(hand(0.5), goal, 1.0) is goal, "the hand came back to the middle"


def test_a_scale_that_changes_while_moving_makes_no_jump():
    clutch = Clutch()
    clutch.follow(hand(0.0), HERE, 1.0)
    before = clutch.follow(hand(0.10), HERE, 1.0)
    after = clutch.follow(hand(0.11), HERE, 0.1)
    assert after.position_m[0] - before.position_m[0] == pytest.approx(0.001)


def test_a_hand_that_jumps_is_left_out():
    clutch = Clutch()
    clutch.follow(hand(0.0), HERE, 1.0)
    assert clutch.follow(hand(1.0), HERE, 1.0) is HERE and clutch.jumps == 1
    np.testing.assert_allclose(clutch.follow(hand(1.01), HERE, 1.0).position_m[0], 0.51)


# --- leader ----------------------------------------------------------------------------------------------------------
def test_the_arm_moves_slowly_to_its_leader_first_and_follows_only_then():
    sync = LeaderSync(np.full(7, 1.3), np.full(7, -2.0), np.full(7, 2.0))
    sync.begin(np.zeros(7))
    leader, fastest, steps = np.array([1.0, -0.5, 0, 0, 0, 0, 9.0]), 0.0, 0
    while sync.state == SYNCING:
        before = sync.position_rad
        fastest = max(fastest, np.abs(sync.advance(leader, STEP_S) - before).max() / STEP_S)
        steps += 1
        assert steps < 2000
    assert fastest <= SYNC_RAD_S + 1e-9 and sync.position_rad.max() <= 2.0
    assert sync.state == FOLLOWING
    before = sync.position_rad
    for _ in range(50):
        sync.advance(leader + 0.5, STEP_S)
    assert (sync.position_rad - before)[0] > 0.3, "faster than while it synced"
    for _ in range(50):
        last = sync.advance(None, STEP_S)
    np.testing.assert_array_equal(sync.advance(None, STEP_S), last)
