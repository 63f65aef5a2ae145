"""The target follower: states, staleness, and targets that are handed on as they are."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.errors import CommandError
from midp_ros.simulation.controllers import FollowerState, JointTargetFollower, StaleTargetError

HOME = np.linspace(-0.3, 0.3, 7)
GOAL = HOME + 0.2
BATCH = 0.001 * np.arange(1, 11)


def synced(stamp_s=20.0):
    """Following GOAL, with `stamp_s` as the newest stamp."""
    f = JointTargetFollower(7)
    f.activate(10.0, HOME)
    f.accept(GOAL, 10.1, 10.1, HOME)
    f.sample(np.array([12.0]))
    assert f.state is FollowerState.FOLLOWING
    for time_s in np.arange(10.5, stamp_s + 1e-6, 0.25):
        f.accept(GOAL, time_s, time_s, HOME)
    return f


def test_waits_freely_for_its_first_target():
    f = JointTargetFollower(7)
    assert f.state is FollowerState.INACTIVE and not f.free
    f.accept(GOAL, 9.9, 9.9, HOME)
    f.activate(10.0, HOME)
    assert f.state is FollowerState.SYNCING and f.free
    q, dq, ddq = f.sample(10.0 + BATCH)
    np.testing.assert_array_equal(q, np.tile(HOME, (10, 1)))
    assert dq.shape == ddq.shape == (10, 7) and not dq.any() and not ddq.any()


def test_moves_to_the_first_target_from_where_it_is_and_then_follows():
    f = JointTargetFollower(7)
    f.activate(10.0, HOME)
    f.accept(GOAL, 10.2, 10.2, HOME + 0.1)
    assert not f.free
    q = np.concatenate([f.sample(10.2 + k * 0.01 + BATCH)[0] for k in range(100)])
    assert f.state is FollowerState.FOLLOWING
    np.testing.assert_allclose(q[0], HOME + 0.1, atol=1e-4)
    np.testing.assert_array_equal(q[-1], GOAL)
    # 0.1 rad is too short for 0.4 rad/s at 1 rad/s^2: both ramps take 1.5 v / a with v = sqrt(0.1 a / 1.5).
    assert 0.001 * np.argmax((q == GOAL).all(axis=1)) == pytest.approx(3 * np.sqrt(0.1 / 1.5), abs=0.002)
    assert np.abs(np.diff(q, axis=0)).max() < 0.4e-3


def test_syncs_to_the_first_target_and_steps_to_the_newest():
    f = JointTargetFollower(7)
    f.activate(10.0, HOME)
    f.accept(GOAL, 10.1, 10.1, HOME)
    f.accept(GOAL + 0.1, 10.4, 10.4, HOME)
    q = f.sample(10.1 + 0.001 * np.arange(2000))[0]
    last = np.argmax((q == GOAL + 0.1).all(axis=1))
    np.testing.assert_allclose(q[last - 1], GOAL, atol=1e-5)


def test_following_hands_targets_on_unfiltered():
    f = synced()
    f.accept([*(GOAL + 0.3), 0.04, 0.04], 20.1, 20.1, HOME)
    q, dq, ddq = f.sample(20.1 + BATCH)
    np.testing.assert_array_equal(q, np.tile(GOAL + 0.3, (10, 1)))
    assert not dq.any() and not ddq.any()


def test_silence_holds():
    f = synced()
    np.testing.assert_array_equal(f.sample(25.0 + BATCH)[0][-1], GOAL)


@pytest.mark.parametrize("stamp_s, time_s", [(0.0, 20.3), (19.7, 20.3), (20.9, 20.9)])
def test_a_stale_target_or_one_after_silence_is_fatal(stamp_s, time_s):
    f = synced()
    f.accept(GOAL, stamp_s, time_s, HOME)
    with pytest.raises(StaleTargetError):
        f.sample(time_s + BATCH)


def test_a_target_of_less_than_half_a_second_is_fresh():
    f = synced()
    f.accept(GOAL + 0.1, 19.9, 20.3, HOME)
    np.testing.assert_array_equal(f.sample(20.3 + BATCH)[0][0], GOAL + 0.1)


def test_a_stamp_in_the_future_is_valid():
    f = synced()
    f.accept(GOAL + 0.1, 22.0, 20.1, HOME)
    np.testing.assert_array_equal(f.sample(20.1 + BATCH)[0][0], GOAL + 0.1)


def test_stale_targets_are_waited_out_while_syncing():
    f = JointTargetFollower(7)
    f.activate(10.0, HOME)
    for time_s in (10.0, 11.0):  # unstamped
        f.accept(GOAL, 0.0, time_s, HOME)
        assert f.free
    f.accept(GOAL, 11.1, 11.1, HOME)
    assert f.free  # the stamp before was none
    f.accept(GOAL, 11.2, 11.2, HOME)
    assert not f.free
    f.sample(11.2 + BATCH)
    assert f.state is FollowerState.SYNCING


@pytest.mark.parametrize("bad, words", [(GOAL[:6], "6 positions, fewer than 7"), ([*GOAL[:6], np.nan], "not finite")])
def test_bad_targets_are_refused_and_change_nothing(bad, words):
    f = synced()
    with pytest.raises(CommandError, match=words):
        f.accept(bad, 20.1, 20.1, HOME)
    np.testing.assert_array_equal(f.sample(20.1 + BATCH)[0][0], GOAL)


def test_activated_again_it_moves_to_the_target_of_before():
    f = synced()
    f.deactivate()
    assert f.state is FollowerState.INACTIVE
    f.activate(30.0, HOME)
    assert f.state is FollowerState.SYNCING and not f.free
    np.testing.assert_allclose(f.sample(30.0 + BATCH)[0][0], HOME, atol=1e-6)
    np.testing.assert_array_equal(f.sample(np.array([33.0]))[0][0], GOAL)
