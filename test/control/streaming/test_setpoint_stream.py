"""A stream of targets through stalls: no step, nothing faster than the robot's limits, and back on time."""

import numpy as np
import pytest

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.control.shaping.stop_trajectory import stop_trajectory
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice, resting
from midp_ros.control.streaming.decaying_offset import DecayingOffset
from midp_ros.control.streaming.setpoint_stream import LONGEST_SILENCE_S, STEP_RAD, SetpointStream
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile

PROFILE = RobotProfile.load("fr3")
LIMITS = PROFILE.velocity_max_rad_s, PROFILE.acceleration_max_rad_s2, PROFILE.jerk_max_rad_s3
PERIOD_S = 0.01


def minimum_jerk(start_s, duration_s, way_rad):
    u = np.linspace(0, 1, 1 + round(duration_s / PERIOD_S))[:, None]
    way = np.full(7, way_rad)
    return JointTrajectory(
        start_s + duration_s * u[:, 0],
        PROFILE.ready_rad + way * (10 * u**3 - 15 * u**4 + 6 * u**5),
        way * 30 * u**2 * (1 - u) ** 2 / duration_s,
        way * (60 * u - 180 * u**2 + 120 * u**3) / duration_s**2,
    )


def stream(targets, times_s):
    return [target for target in map(targets.next, times_s) if target is not None]


def steps(given):
    """How far each target is from where the one before was going [rad], after one period of going on."""
    positions, speeds = (np.array([getattr(t, name) for t in given]) for name in ("position_rad", "velocity_rad_s"))
    return np.abs(np.diff(positions, axis=0) - PERIOD_S * (speeds[1:] + speeds[:-1]) / 2).max(axis=1)


@pytest.fixture
def targets():
    return SetpointStream(PERIOD_S, *LIMITS)


@pytest.mark.parametrize("period_s", [0.01, 0.002])
def test_on_time_the_targets_are_the_motion_s(period_s):
    targets, motion = SetpointStream(period_s, *LIMITS), minimum_jerk(0.0, 1.0, 0.3)
    targets.hold(PROFILE.ready_rad)
    assert (targets.next(-period_s).position_rad == PROFILE.ready_rad).all()
    targets.follow(motion, 0.0)
    jitter = np.random.default_rng(0).uniform(-0.2, 0.2, 600) * period_s
    for time_s in period_s * np.arange(600) + jitter:
        target = targets.next(time_s)
        np.testing.assert_array_equal(target.position_rad, motion.sample(time_s)[0])
        np.testing.assert_array_equal(target.velocity_rad_s, motion.sample(time_s)[1])


@pytest.mark.parametrize("stall_s", [0.06, 0.1, 0.2, 0.3, 0.39])
@pytest.mark.parametrize("way_rad", [0.3, -1.0])
def test_after_a_stall_there_is_no_step_and_the_motion_is_caught_up_with(targets, stall_s, way_rad):
    motion = minimum_jerk(0.0, 2.0, way_rad)  # at up to 0.94 rad/s
    targets.follow(motion, 0.0)
    before = stream(targets, np.arange(0.0, 1.0, PERIOD_S))
    after = stream(targets, np.arange(before[-1].time_s + stall_s, 9.0, PERIOD_S))
    # The arm has gone on for one period at most, at the speed that it had; the plain motion is further by now.
    jump_rad = np.abs(after[0].position_rad - before[-1].position_rad).max()
    assert jump_rad <= 1.01 * PERIOD_S * np.abs(before[-1].velocity_rad_s).max()
    assert np.abs(motion.sample(after[0].time_s)[0] - before[-1].position_rad).max() > 1.5 * jump_rad
    assert steps(after).max() < 1e-3
    speeds = np.array([target.velocity_rad_s for target in after])
    planned = np.array([motion.sample(target.time_s)[1] for target in after])
    assert (np.abs(speeds) <= np.abs(planned).max(axis=0) + 0.1 * PROFILE.velocity_max_rad_s + 1e-9).all()
    jolts = np.abs(np.diff(speeds, axis=0) / PERIOD_S).max(axis=0)
    assert (jolts <= PROFILE.acceleration_max_rad_s2).all(), jolts
    np.testing.assert_allclose(after[-1].position_rad, motion.position_rad[-1], atol=1e-12)


def test_stalls_that_follow_each_other_add_up_to_no_step(targets):
    rng = np.random.default_rng(1)
    targets.follow(minimum_jerk(0.0, 3.0, 1.2), 0.0)
    apart_s = np.where(rng.random(400) < 0.1, rng.uniform(0.02, 0.35, 400), PERIOD_S)
    given = stream(targets, np.cumsum(np.append(apart_s, np.full(400, PERIOD_S))))
    jumps = np.abs(np.diff([target.position_rad for target in given], axis=0))
    fastest = 1.2 * 30 / 16 / 3.0 + 0.1 * PROFILE.velocity_max_rad_s.max()
    assert jumps.max() <= PERIOD_S * fastest + STEP_RAD
    np.testing.assert_allclose(given[-1].position_rad, PROFILE.ready_rad + 1.2, atol=1e-9)


def test_a_clock_that_comes_in_uneven_steps_costs_no_time(targets):
    rng, motion = np.random.default_rng(2), minimum_jerk(0.0, 3.0, 1.2)
    targets.follow(motion, 0.0)
    for time_s in np.cumsum(rng.choice([0.0, 0.01, 0.02], 300)):
        target = targets.next(time_s)
        np.testing.assert_allclose(target.position_rad, motion.sample(time_s)[0], atol=0.02)


def test_a_clock_set_back_or_forth_makes_no_step_either(targets):
    motion = minimum_jerk(0.0, 2.0, 1.0)
    targets.follow(motion, 0.0)
    before = stream(targets, np.arange(0.0, 1.0, PERIOD_S))
    back = stream(targets, np.arange(0.3, 9.0, PERIOD_S))
    assert np.abs(back[0].position_rad - before[-1].position_rad).max() < 0.02
    assert steps(back).max() < 1e-3
    assert not targets.interrupted_s
    assert targets.next(100.0) is None and targets.interrupted_s > 90.0


def test_after_too_long_a_silence_there_is_none_until_it_is_told_to_hold(targets):
    targets.follow(minimum_jerk(0.0, 2.0, 1.0), 0.0)
    last_s = stream(targets, np.arange(0.0, 0.5, PERIOD_S))[-1].time_s
    late_s = last_s + LONGEST_SILENCE_S + 0.05
    assert targets.next(late_s) is None and not targets.any
    assert targets.interrupted_s == pytest.approx(LONGEST_SILENCE_S + 0.05)
    targets.follow(minimum_jerk(late_s, 2.0, 1.0), late_s)
    targets.freeze()
    assert targets.next(late_s + PERIOD_S) is None
    here = PROFILE.ready_rad + 0.1
    targets.hold(here)
    assert targets.next(late_s) and targets.next(late_s, waited_s=0.5) is None, (
        "the clock stands still, the arm does not"
    )
    assert targets.interrupted_s == 0.5
    targets.hold(here)
    assert targets.any and not targets.interrupted_s
    target = targets.next(late_s + 5.0)
    np.testing.assert_array_equal(target.position_rad, here)
    assert not target.velocity_rad_s.any()


def test_it_has_nothing_to_say_before_it_is_told_and_when_it_forgets(targets):
    assert targets.next(0.0) is None and not targets.any
    targets.freeze()
    assert not targets.any
    targets.hold(PROFILE.ready_rad)
    assert targets.next(0.0)
    targets.forget()
    assert targets.next(0.01) is None and not targets.any and not targets.interrupted_s


def test_frozen_it_stays_at_the_last_target(targets):
    targets.follow(minimum_jerk(0.0, 2.0, 1.0), 0.0)
    last = stream(targets, np.arange(0.0, 1.0, PERIOD_S))[-1]
    targets.freeze()
    target = targets.next(last.time_s + PERIOD_S)
    np.testing.assert_array_equal(target.position_rad, last.position_rad)
    assert not target.velocity_rad_s.any()


def test_what_is_being_caught_up_with_goes_on_over_a_hand_over_and_ends_with_another_motion(targets):
    motion = minimum_jerk(0.0, 2.0, 1.0)
    targets.follow(motion, 0.0)
    stream(targets, np.arange(0.0, 1.0, PERIOD_S))
    behind = targets.next(1.2)
    targets.follow(motion.part(slice(110, None)), 1.2)  # as the head of the next chunk: the same up to its hand-over
    assert np.abs(targets.next(1.21).position_rad - behind.position_rad).max() < 0.02
    elsewhere = PROFILE.ready_rad - 0.2
    targets.follow(resting(1.22, elsewhere), 1.22)
    np.testing.assert_array_equal(targets.next(1.22).position_rad, elsewhere)


@pytest.mark.parametrize("late_s", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("stall_s", [PERIOD_S, 0.35])
def test_a_motion_that_comes_after_it_should_have_taken_over_makes_no_step(targets, late_s, stall_s):
    """A busy machine: the arm is behind, and the next motion arrives while the one before it brakes already."""
    motion = minimum_jerk(0.0, 3.0, 1.2)
    takes_over = 150
    over_s = motion.time_s[takes_over]
    state = motion.sample_with_acceleration(over_s)
    stop = TrajectorySplice(over_s, state, motion.part(slice(0, takes_over))).complete(
        stop_trajectory(over_s, state, MotionLimits(PROFILE), 0.001)
    )
    targets.follow(stop, 0.0)
    given = stream(targets, np.arange(0.0, 1.0, PERIOD_S))
    begin_s = given[-1].time_s + stall_s
    given = stream(targets, np.arange(begin_s, over_s + late_s, PERIOD_S))
    targets.follow(motion.part(slice(takes_over - 20, None)), over_s + late_s)
    given += stream(targets, np.arange(given[-1].time_s + PERIOD_S, 9.0, PERIOD_S))
    assert steps(given).max() < 2e-3
    jolts = np.abs(np.diff([t.velocity_rad_s for t in given], axis=0) / PERIOD_S).max(axis=0)
    assert (jolts <= 1.5 * PROFILE.acceleration_max_rad_s2).all(), jolts
    np.testing.assert_allclose(given[-1].position_rad, motion.position_rad[-1], atol=1e-9)


@pytest.mark.parametrize("offset_rad, offset_rad_s", [(0.3, 0.0), (-0.2, 1.0), (0.0, -2.0), (1e-4, 0.0)])
def test_an_offset_is_worn_down_within_its_limits(offset_rad, offset_rad_s):
    velocity, acceleration, jerk = 0.3, 4.0, 200.0
    offset = DecayingOffset(*(np.full(7, limit) for limit in (velocity, acceleration, jerk)))
    assert not offset.left(0.0).any()
    offset.add(2.0, np.full(7, offset_rad), np.full(7, offset_rad_s))
    times_s = np.arange(2.0, 5.0, 1e-3)
    position, speed, _ = np.array([offset.left(time_s)[:, 0] for time_s in times_s]).T
    assert position[0] == offset_rad and speed[0] == offset_rad_s and not position[-1]
    np.testing.assert_allclose(np.diff(position) / 1e-3, (speed[1:] + speed[:-1]) / 2, atol=1e-4)
    assert np.abs(speed).max() <= max(velocity, 1.05 * abs(offset_rad_s)) + 1e-9
    assert np.abs(np.diff(speed)).max() <= 1e-3 * acceleration + 1e-9
    assert np.abs(np.diff(speed, 2)).max() <= 1e-6 * jerk + 1e-9


def test_it_takes_no_longer_than_it_has_to():
    velocity, acceleration, jerk, offset_rad = 0.3, 4.0, 200.0, 0.5
    offset = DecayingOffset(*(np.full(7, limit) for limit in (velocity, acceleration, jerk)))
    offset.add(0.0, np.append(np.zeros(6), offset_rad), np.zeros(7))
    # A way that is long enough takes its length over the velocity and one ramp (Biagiotti and Melchiorri 2008, 3.4).
    needed_s = offset_rad / velocity + velocity / acceleration + acceleration / jerk
    assert offset.left(needed_s - 2e-3).any() and not offset.left(needed_s + 1e-6).any()


def test_what_is_added_joins_what_is_left_and_is_gone_as_soon():
    limits = np.full(7, 0.3), np.full(7, 4.0), np.full(7, 200.0)
    offset, once = DecayingOffset(*limits), DecayingOffset(*limits)
    offset.add(0.0, np.full(7, 0.2), np.zeros(7))
    once.add(0.0, np.full(7, 0.2), np.zeros(7))
    for time_s in np.arange(0.1, 0.6, 0.05):
        offset.add(time_s, np.zeros(7), np.zeros(7))
        np.testing.assert_allclose(offset.left(time_s), once.left(time_s), atol=1e-6)
    before = offset.left(0.6)
    offset.add(0.6, np.full(7, 0.1), np.zeros(7))
    np.testing.assert_allclose(offset.left(0.6)[:2], before[:2] + [[0.1], [0.0]])
    offset.clear()
    assert not offset.left(0.6).any()


def test_a_first_target_that_leaves_late_is_no_interruption(targets):
    targets.left(0.0)
    assert not targets.begun
    targets.hold(PROFILE.ready_rad)
    targets.next(0.0)
    assert targets.begun
    targets.left(1.0)
    assert targets.next(1.0 + PERIOD_S) and not targets.interrupted_s
    targets.hold(PROFILE.ready_rad)
    assert targets.begun
    targets.forget()
    assert not targets.begun


def test_a_target_that_was_not_published_counts_as_never_given(targets):
    targets.hold(PROFILE.ready_rad)
    targets.next(-PERIOD_S)
    motion = minimum_jerk(0.0, 1.0, 0.3)
    targets.follow(motion, 0.0)
    sent = stream(targets, np.arange(0.0, 0.3, PERIOD_S))
    targets.next(0.3)
    targets.withdraw()
    again = targets.next(0.5)
    assert steps([sent[-1], again])[0] < STEP_RAD, "from the last one that was published"
    targets.next(0.51)
    targets.withdraw()
    assert targets.next(0.5 + LONGEST_SILENCE_S + 0.001) is None and targets.interrupted_s
