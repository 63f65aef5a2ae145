"""Shaping: the limits under anything, tracking of what is possible, and ruckig's own times.

`MIDP_COMMANDS=1000000 pytest --timeout=0 test/control/test_shaping.py` judges so many commands instead of the usual
number.
"""

import os

import numpy as np
import pytest
import ruckig

from midp_ros.control import CommandShaper, LimitFractions, shaped_head, shaped_trajectory
from midp_ros.control.shaping.shaped_motion import ShapedMotion
from midp_ros.control.shaping.time_optimal import TimeOptimal
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice
from midp_ros.core.joint_trajectory import JointTrajectory, central_velocities
from midp_ros.kinematics import RobotProfile

pytest.importorskip("pybullet")
from midp_ros.simulation.safety.joint_motion import JointMotionLimits

COMMANDS = int(os.environ.get("MIDP_COMMANDS", "60000"))  # at 1 kHz, in all
FR3, PANDA = RobotProfile.load("fr3"), RobotProfile.load("panda")
READY, STILL = FR3.ready_rad, np.zeros(7)
WHOLE = LimitFractions(1.0, 1.0, 1.0)
SLOW = LimitFractions(0.2, 0.2, 0.1)


class Judge:
    """A Franka's limits on commands at 1 kHz, by backward Euler, as the simulated robot has them."""

    def __init__(self, profile, start_rad):
        self._limits, self._metrics, self.commands = JointMotionLimits(profile), np.tile(start_rad, (3, 1)), 0

    def check(self, trajectory, start_s, end_s):
        times_s = start_s + 1e-3 * np.arange(1, round((end_s - start_s) * 1000) + 1)
        trail = np.vstack([self._metrics, trajectory.sample(times_s)[0]])
        assert np.isfinite(trail).all()
        assert self._limits.first_violation(trail) is None
        self._metrics, self.commands = trail[-3:], self.commands + len(times_s)


def targets(rng, profile, period_s):
    """Endless targets of every kind, good and bad: position, velocity and acceleration, or None."""
    low, high = profile.position_min_rad, profile.position_max_rad
    step = 0
    while True:
        kind, goal = rng.integers(9), rng.uniform(low - 0.3, high + 0.3)
        speed, size, rate = rng.normal(0, 2, 7), rng.uniform(0, 1.5, 7), rng.uniform(0, 30, 7)
        for left in range(int(rng.exponential(0.2) / period_s), -1, -1):
            step += 1
            phase = rate * step * period_s
            wave = size * np.sin(phase), size * rate * np.cos(phase), -size * rate**2 * np.sin(phase)
            yield (
                (rng.uniform(-4, 5, 7), rng.normal(0, 5, 7), rng.normal(0, 20, 7)),
                (goal, STILL, STILL),  # a jump
                (goal + wave[0], *wave[1:]),
                (goal, np.where(speed > 0, np.nan, speed), STILL),
                (np.where(speed > 0, np.inf, 1e300), STILL, STILL),
                (goal + 1e200 * speed, STILL, STILL),
                (goal + speed * period_s * left, speed, STILL),  # against its own velocity
                (np.where(speed > 0, high, low), 4 * speed, STILL),  # into the ends of the range
                None,  # silence
            )[kind]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("profile", [FR3, PANDA], ids=lambda p: p.name)
@pytest.mark.parametrize("period_s", [pytest.param(0.002, marks=pytest.mark.slow), 0.005, 0.01])
@pytest.mark.parametrize("fractions", [LimitFractions(), WHOLE, SLOW], ids=["default", "whole", "slow"])
def test_no_stream_of_targets_breaks_a_limit(profile, period_s, fractions):
    rng = np.random.default_rng([round(1000 * period_s), round(10 * fractions.jerk), len(profile.name)])
    shaper = CommandShaper(profile, period_s, fractions)
    start = rng.uniform(profile.position_min_rad, profile.position_max_rad)
    shaper.start(start, STILL)
    judge, moved = Judge(profile, start), 0.0
    for target in targets(rng, profile, period_s):
        state = shaper.stop() if target is None else shaper.step(*target)
        judge.check(shaper.period(0.0), 0.0, period_s)
        moved = max(moved, np.abs(state[1]).max())
        if judge.commands >= COMMANDS * 2 / 3 / 18:
            break
    assert moved > 0.1


def chunk(rng, time_s, running):
    """A desired trajectory as a policy or a broken one sends it: knots of positions, with velocities or without."""
    kind, points = rng.integers(5), rng.integers(2, 17)
    times_s = time_s + np.cumsum(rng.choice([0.001, 0.02, 0.1, 0.1, 0.1, 0.3], points)) - rng.uniform(0, 0.5)
    here = running.sample(time_s)[0]
    walk = np.cumsum(rng.normal(0, [0.02, 0.1, 0.5, 2.0, 0.01][kind], (points, 7)), axis=0)
    position = here + walk if kind else here + walk[::-1]
    if kind == 2:
        return JointTrajectory(times_s, position)
    velocity = central_velocities(times_s, position, rng.normal(0, 3, 7) * (kind == 3))
    return JointTrajectory(times_s, position, velocity)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("fractions", [LimitFractions(), WHOLE], ids=["default", "whole"])
def test_no_sequence_of_chunks_breaks_a_limit(fractions):
    """As the policy's loop hands them over, at any time, late ones and silence in between; only the head of some is
    sent, and of some the rest comes later, before the head goes to rest."""
    rng = np.random.default_rng(round(10 * fractions.jerk))
    shaper, judge, now_s = CommandShaper(FR3, 0.01, fractions), Judge(FR3, READY), 0.0
    running = JointTrajectory(np.zeros(1), READY[None], STILL[None], STILL[None])
    while judge.commands < COMMANDS / 3 / 2:
        over = TrajectorySplice.plan(running, now_s, rng.choice([0.0, 0.02]))
        shaped = ShapedMotion(chunk(rng, now_s, running), over.time_s, over.state, shaper)
        new = over.complete(shaped.head(over.time_s + rng.uniform(0.0, 0.6)))
        leaves_s, lasts_s = shaped.reached_s, rng.choice([0.003, 0.1, 0.4, 0.8, 3.0]) * rng.uniform(0.5, 1.5)
        assert not new.velocity_rad_s[-1].any() and new.time_s[0] <= now_s + 1e-9
        if rng.random() < 0.5:
            till_s = round(min(now_s + lasts_s, leaves_s) - 0.0005, 3)
            judge.check(new, now_s, till_s)
            new, now_s = over.complete(shaped.whole()), till_s
            assert not new.velocity_rad_s[-1].any()
        judge.check(new, now_s, now_s + round(lasts_s, 3))
        running, now_s = new, round(now_s + round(lasts_s, 3), 3)


def sine(times_s, rate_hz=0.5, size_rad=0.2):
    w = 2 * np.pi * rate_hz
    shift = np.linspace(0, 1, 7)  # joints out of phase
    angle = w * np.asarray(times_s)[..., None] + shift
    return READY + size_rad * np.sin(angle), size_rad * w * np.cos(angle), -size_rad * w**2 * np.sin(angle)


@pytest.mark.parametrize("period_s", [0.002, 0.01])
def test_a_sine_within_the_limits_is_tracked_without_lag(period_s):
    shaper = CommandShaper(FR3, period_s)
    shaper.start(*sine(0.0))
    worst_rad = 0.0
    for step in range(round(3 / period_s)):
        state = shaper.step(*sine(step * period_s + shaper.horizon_s))
        worst_rad = max(worst_rad, np.abs(state[0] - sine((step + 1) * period_s)[0]).max())
    assert worst_rad < 2e-5  # 0.03 ms at the sine's highest velocity


@pytest.mark.parametrize("wild", [0.02, 0.3])
def test_a_shaped_head_is_bit_for_bit_the_beginning_of_the_whole(wild):
    """Recordings must not depend on how much of a motion was worked out."""
    rng = np.random.default_rng(0)
    for start_s in (0.0, 0.8, 3.3):
        knots = READY + np.cumsum(rng.normal(0, wild, (4, 7)), axis=0)
        times_s = start_s + np.arange(4) * 0.1
        desired = JointTrajectory(times_s, knots, central_velocities(times_s, knots, STILL))
        state = READY, STILL, STILL
        whole = shaped_trajectory(desired, start_s, state, CommandShaper(FR3))
        head = shaped_head(desired, start_s, state, CommandShaper(FR3), 0.1)
        times_s = (round(1000 * start_s) + 1 + np.arange(100)) / 1000
        np.testing.assert_array_equal(head.states(times_s), whole.states(times_s))
        assert len(head.time_s) < len(whole.time_s)


def test_a_policys_knots_are_passed_within_a_tenth_of_a_millimetre():
    times_s = np.arange(16) * 0.1
    knots = sine(times_s)[0]
    desired = JointTrajectory(times_s, knots, central_velocities(times_s, knots, sine(0.0)[1]))
    shaped = shaped_trajectory(desired, 0.0, sine(0.0), CommandShaper(FR3))
    late_s = 0.1 + 0.01 * np.arange(110)
    assert np.abs(shaped.sample(late_s)[0] - desired.sample(late_s)[0]).max() < 2e-4
    np.testing.assert_allclose(shaped.position_rad[-1], knots[-1], atol=1e-4)
    assert not shaped.velocity_rad_s[-1].any()


@pytest.mark.parametrize("seed", range(4))
def test_a_head_is_the_motion_until_it_goes_to_rest_as_stops_would(seed):
    rng = np.random.default_rng(seed)
    times_s = np.arange(16) * 0.1
    knots = READY + np.cumsum(rng.normal(0, [0.02, 0.3][seed % 2], (16, 7)), axis=0)
    desired = JointTrajectory(times_s, knots, central_velocities(times_s, knots, STILL))
    whole = shaped_trajectory(desired, 0.0, (READY, STILL, STILL), CommandShaper(FR3))
    shaper = CommandShaper(FR3)
    motion = ShapedMotion(desired, 0.0, (READY, STILL, STILL), shaper)
    head = motion.head(0.3)
    assert motion.reached_s == pytest.approx(0.3) and not motion.complete
    np.testing.assert_allclose(head.position_rad[:31], whole.position_rad[:31], atol=1e-12)
    times_s = whole.time_s[whole.time_s < 1.5]  # where it cannot follow, rounding decides which joint gives way first
    np.testing.assert_allclose(motion.whole().sample(times_s)[0], whole.sample(times_s)[0], atol=2e-3)
    shaper.start(*(x[30] for x in (head.position_rad, head.velocity_rad_s, head.acceleration_rad_s2)))
    for position_rad in head.position_rad[31:]:
        np.testing.assert_allclose(position_rad, shaper.stop()[0], atol=1e-9)
    assert shaper.at_rest


@pytest.mark.parametrize("seed", range(4))
def test_a_motion_goes_on_as_if_its_shaper_had_done_nothing_else_meanwhile(seed):
    rng, times_s, at_rest = np.random.default_rng(seed), np.arange(16) * 0.1, (READY, STILL, STILL)

    def desired():
        knots = READY + np.cumsum(rng.normal(0, [0.02, 0.3][seed % 2], (16, 7)), axis=0)
        return JointTrajectory(times_s, knots, central_velocities(times_s, knots, STILL))

    one, other = desired(), desired()
    alone = ShapedMotion(one, 0.0, at_rest, CommandShaper(FR3))
    shaper = CommandShaper(FR3)
    disturbed = ShapedMotion(one, 0.0, at_rest, shaper)
    for end_s in (0.25, 0.4):
        expected, got = alone.head(end_s), disturbed.head(end_s)
        np.testing.assert_array_equal(got.position_rad, expected.position_rad)
        ShapedMotion(other, 0.0, at_rest, shaper).head(0.7)
    np.testing.assert_array_equal(disturbed.whole().position_rad, alone.whole().position_rad)


@pytest.mark.slow
@pytest.mark.parametrize("distance_rad", [1.5, -2.4])
def test_a_long_way_from_rest_to_rest_takes_as_long_as_ruckig_says(distance_rad):
    """Joint 1 turns through zero, where its velocity limit does not depend on its position."""
    shaper = CommandShaper(FR3, 0.002, LimitFractions(0.3, 0.5, 0.5), horizon_s=0.02)
    start, goal = READY.copy(), READY.copy()
    start[0], goal[0] = -distance_rad / 2, distance_rad / 2
    planner = TimeOptimal(shaper.limits, shaper.period_s)
    otg, inputs, plan = ruckig.Ruckig(1), ruckig.InputParameter(1), ruckig.Trajectory(1)
    inputs.current_position, inputs.target_position = [start[0]], [goal[0]]
    inputs.max_velocity = [shaper.limits.velocity_rad_s[0]]
    inputs.max_acceleration, inputs.max_jerk = [planner.acceleration_rad_s2[0]], [planner.jerk_rad_s3[0]]
    assert otg.calculate(inputs, plan) == ruckig.Result.Working
    shaper.start(start, STILL)
    steps = 0
    while np.abs(shaper.step(goal)[0] - goal).max() > 1e-3:
        steps += 1
    assert steps * shaper.period_s == pytest.approx(plan.duration, rel=0.05)


@pytest.mark.parametrize("seed", range(8))
def test_it_stops_from_any_motion_within_the_limits_and_in_time(seed):
    rng, shaper = np.random.default_rng(seed), CommandShaper(FR3)
    shaper.start(READY, STILL)
    goal = rng.uniform(FR3.position_min_rad, FR3.position_max_rad)
    judge, steps = Judge(FR3, READY), 0
    for _ in range(rng.integers(5, 40)):
        state = shaper.step(goal)
        judge.check(shaper.period(0.0), 0.0, shaper.period_s)
    longest_s = (np.abs(state[1]) / shaper.limits.acceleration_rad_s2).max() + 4 * shaper.period_s
    while not shaper.at_rest:
        shaper.stop()
        judge.check(shaper.period(0.0), 0.0, shaper.period_s)
        steps += 1
    assert 0 < steps * shaper.period_s <= longest_s
    resting = shaper.state[0].copy()
    np.testing.assert_array_equal(shaper.stop()[0], resting)


def test_a_target_that_is_not_finite_brakes():
    shaper = CommandShaper(FR3)
    shaper.start(READY, STILL)
    for _ in range(30):
        moving = shaper.step(READY + 0.5)
    assert np.abs(moving[1]).max() > 0.5
    for _ in range(60):
        held = shaper.step(np.full(7, np.nan))
    assert shaper.at_rest and np.isfinite(held).all()


@pytest.mark.parametrize("beyond_rad", [0.02, 0.3])
def test_from_beyond_its_range_it_only_comes_back(beyond_rad):
    shaper = CommandShaper(FR3)
    start = READY.copy()
    start[1] = FR3.position_max_rad[1] + beyond_rad
    shaper.start(start, STILL)
    path = [shaper.step(READY + 2.0)[0] for _ in range(50)] + [shaper.step(READY)[0] for _ in range(300)]
    assert max(q[1] for q in path) <= start[1] + 1e-12
    np.testing.assert_allclose(path[-1], READY, atol=1e-3)


def test_a_start_that_is_too_fast_is_slowed_down():
    shaper = CommandShaper(FR3, fractions=LimitFractions(velocity=0.3))
    shaper.start(READY, np.eye(7)[0] * 2.0)
    speeds = [shaper.step(READY + np.eye(7)[0] * 1.5)[1][0] for _ in range(200)]
    assert speeds[30] <= shaper.limits.velocity_rad_s[0] + 1e-9
    assert (np.diff(speeds[:12]) < -0.05).all()


def test_a_start_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="finite"):
        CommandShaper(FR3).start(READY, np.full(7, np.nan))
