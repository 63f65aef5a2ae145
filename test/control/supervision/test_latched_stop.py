"""Stops that last until the operator lets the arm go on."""

import pytest

from midp_ros.control import LatchedStop, LatchedStopError, RobotCondition
from midp_ros.core.robot_mode import MODES

FINE = RobotCondition("MOVE")


def test_it_waits_for_a_controller_and_then_allows_motion():
    lock = LatchedStop()
    lock.look(0.0, RobotCondition("IDLE", controlled=False))
    assert "no active controller" in lock.reason and not lock.latched
    lock.look(9.0, FINE)
    assert lock.reason == ""


@pytest.mark.parametrize("mode", [m for m in MODES if m not in ("IDLE", "MOVE")])
def test_every_other_mode_latches_until_it_is_over_and_somebody_says_so(mode):
    lock = LatchedStop()
    lock.look(0.0, RobotCondition(mode))
    assert mode in lock.reason
    with pytest.raises(LatchedStopError, match=mode):
        lock.resume()
    lock.look(0.1, FINE)
    assert mode in lock.reason and lock.latched
    assert lock.resume(), "the arm may have been moved"
    assert lock.reason == ""


def test_a_fault_that_is_over_is_told_apart_from_one_that_lasts():
    lock = LatchedStop()
    lock.look(0.0, RobotCondition("REFLEX", ("joint_reflex",)))
    assert lock.reason == "the robot is in mode REFLEX: joint_reflex"
    lock.look(0.1, FINE)
    assert lock.reason == "the robot was in mode REFLEX: joint_reflex"
    lock.resume()
    lock.look(1.0, FINE)
    lock.look(2.0, RobotCondition("MOVE", controlled=False))
    assert "vanished" in lock.reason and "REFLEX" not in lock.reason


def test_an_error_latches_in_any_mode_and_is_named():
    lock = LatchedStop()
    lock.look(0.0, RobotCondition("MOVE", ("joint_reflex", "cartesian_reflex")))
    assert "joint_reflex, cartesian_reflex" in lock.reason


def test_a_robot_that_says_nothing_of_itself_may_be_commanded():
    lock = LatchedStop()
    lock.look(0.0, RobotCondition())
    assert lock.reason == ""


def test_a_controller_may_be_missed_for_a_moment_and_not_longer():
    lock = LatchedStop(patience_s=0.5)
    lock.look(0.0, FINE)
    lock.look(0.5, RobotCondition("MOVE", controlled=False))
    assert lock.reason == ""
    lock.look(0.6, RobotCondition("MOVE", controlled=False))
    assert "vanished" in lock.reason
    with pytest.raises(LatchedStopError, match="controller"):
        lock.resume()
    lock.look(0.7, FINE)
    assert lock.latched and lock.resume()


def test_the_operators_stop_ends_where_it_began():
    lock = LatchedStop()
    lock.look(0.0, FINE)
    lock.stop()
    lock.look(0.1, FINE)
    assert "operator" in lock.reason
    assert not lock.resume(), "nothing has moved the arm"
    assert lock.reason == ""


def test_a_fault_during_a_stop_is_told_and_means_a_new_start():
    lock = LatchedStop()
    lock.look(0.0, FINE)
    lock.stop()
    lock.look(0.1, RobotCondition("REFLEX"))
    assert "REFLEX" in lock.reason
    lock.look(0.2, FINE)
    assert lock.resume()


def test_an_arm_that_falls_idle_has_lost_its_controller_though_somebody_listens():
    lock = LatchedStop(patience_s=0.5)
    lock.look(0.0, RobotCondition("IDLE"))
    assert lock.reason == "", "it may be IDLE with an active controller until it has been seen to MOVE"
    lock.look(0.1, FINE)
    lock.look(0.7, RobotCondition("IDLE"))
    assert "vanished" in lock.reason and not lock.ready
    lock.look(0.8, FINE)
    assert lock.resume()


def test_a_controller_that_vanishes_during_a_stop_means_a_new_start():
    lock = LatchedStop(patience_s=0.5)
    lock.look(0.0, FINE)
    lock.stop()
    lock.look(0.6, RobotCondition("MOVE", controlled=False))
    assert "operator" in lock.reason
    lock.look(0.7, FINE)
    assert lock.resume(), "the arm may have been moved"
    lock.stop()
    assert not lock.resume()


def test_a_recovery_lifts_the_fault_alone_and_says_whether_that_was_all():
    lock = LatchedStop()
    lock.look(0.0, RobotCondition("REFLEX"))
    with pytest.raises(LatchedStopError, match="REFLEX"):
        lock.recovered()
    lock.look(0.1, FINE)
    assert lock.recovered() and not lock.latched
    assert lock.resume(), "the arm may have been moved, all the same"


@pytest.mark.parametrize("before", [True, False])
def test_an_operators_stop_outlasts_the_recovery_from_a_reflex(before):
    lock = LatchedStop()
    lock.look(0.0, FINE)
    if before:
        lock.stop()
    lock.look(0.1, RobotCondition("REFLEX"))
    if not before:
        lock.stop()  # while it is recovering
    assert "REFLEX" in lock.reason and "operator" in lock.reason
    lock.look(0.2, FINE)
    assert not lock.recovered()
    assert lock.reason == "stopped by the operator"
    assert lock.resume() and not lock.latched


def test_a_condition_that_cannot_be_read_is_a_fault():
    lock = LatchedStop()
    lock.look(0.0, RobotCondition(unreadable="another version"))
    assert lock.latched and "another version" in lock.reason
