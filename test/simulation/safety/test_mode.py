"""The robot's mode: what each event does in each mode."""

from __future__ import annotations

import pytest

from midp_ros.core.robot_mode import RobotMode
from midp_ros.simulation.safety import ModeError, RobotModes, Violation

SPEED = Violation(0, frozenset({"joint_velocity_violation"}), "too fast")
BUMP = Violation(3, frozenset({"cartesian_reflex"}), "bumped")
NONE = frozenset()


def in_mode(mode):
    robot = RobotModes()
    if mode is RobotMode.MOVE:
        robot.start_motion()
    elif mode is RobotMode.REFLEX:
        robot.trip(SPEED)
    elif mode is RobotMode.USER_STOPPED:
        robot.press_user_stop()
    elif mode is RobotMode.GUIDING:
        robot.start_guiding()
    elif mode is RobotMode.AUTOMATIC_ERROR_RECOVERY:
        robot.trip(SPEED)
        robot.recover()
    assert robot.mode is mode
    return robot


MODES = [m for m in RobotMode if m is not RobotMode.OTHER]
IDLE, MOVE, GUIDED, REFLEX, STOPPED, RECOVERY = MODES  # in the order of franka_msgs
# What each request leads to in each mode; None: refused.
REQUESTS = {
    "start_motion": {IDLE: MOVE, MOVE: MOVE, GUIDED: None, REFLEX: None, STOPPED: None, RECOVERY: None},
    "end_motion": {IDLE: IDLE, MOVE: IDLE, GUIDED: GUIDED, REFLEX: REFLEX, STOPPED: STOPPED, RECOVERY: RECOVERY},
    "recover": {IDLE: RECOVERY, MOVE: None, GUIDED: None, REFLEX: RECOVERY, STOPPED: None, RECOVERY: None},
    "recovered": {IDLE: IDLE, MOVE: MOVE, GUIDED: GUIDED, REFLEX: REFLEX, STOPPED: STOPPED, RECOVERY: IDLE},
    "press_user_stop": {
        IDLE: STOPPED,
        MOVE: STOPPED,
        GUIDED: STOPPED,
        REFLEX: STOPPED,
        STOPPED: STOPPED,
        RECOVERY: STOPPED,
    },
    "release_user_stop": {IDLE: IDLE, MOVE: MOVE, GUIDED: GUIDED, REFLEX: REFLEX, STOPPED: IDLE, RECOVERY: RECOVERY},
    "start_guiding": {IDLE: GUIDED, MOVE: None, GUIDED: None, REFLEX: None, STOPPED: GUIDED, RECOVERY: None},
    "stop_guiding": {IDLE: IDLE, MOVE: MOVE, GUIDED: IDLE, REFLEX: REFLEX, STOPPED: STOPPED, RECOVERY: RECOVERY},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("request_name", REQUESTS)
def test_every_request_in_every_mode(request_name, mode):
    robot = in_mode(mode)
    after = REQUESTS[request_name][mode]
    if after is None:
        with pytest.raises(ModeError, match=f"rejected: not possible in mode {mode.name}"):
            getattr(robot, request_name)()
        assert robot.mode is mode
    else:
        getattr(robot, request_name)()
        assert robot.mode is after


@pytest.mark.parametrize("mode", MODES)
def test_commands_are_accepted_in_idle_and_move_only(mode):
    assert in_mode(mode).accepts_commands == (mode in (RobotMode.IDLE, RobotMode.MOVE))


@pytest.mark.parametrize("mode", MODES)
def test_a_violation_in_every_mode(mode):
    robot = in_mode(mode)
    robot.trip(SPEED)
    if mode is RobotMode.USER_STOPPED:
        assert robot.mode is mode and robot.current_errors == NONE
    else:
        assert robot.mode is RobotMode.REFLEX and robot.current_errors == SPEED.errors


def test_a_reflex_aborts_the_motion_and_recovery_clears_it():
    robot = in_mode(RobotMode.MOVE)
    robot.trip(SPEED)
    assert robot.current_errors == robot.last_motion_errors == SPEED.errors
    robot.trip(BUMP)
    assert robot.current_errors == SPEED.errors | BUMP.errors
    assert robot.last_motion_errors == SPEED.errors, "the second did not abort a motion"
    robot.recover()
    robot.recovered()
    assert robot.mode is RobotMode.IDLE, "no motion goes on by itself"
    assert robot.current_errors == NONE and robot.last_motion_errors == SPEED.errors
    robot.start_motion()
    robot.end_motion()
    assert robot.last_motion_errors == NONE, "the previous motion is now one that ended well"


def test_a_reflex_without_a_motion_aborts_none():
    robot = in_mode(RobotMode.IDLE)
    robot.trip(BUMP)
    assert robot.current_errors == BUMP.errors and robot.last_motion_errors == NONE


def test_the_user_stop_ends_a_motion_without_an_error():
    robot = in_mode(RobotMode.MOVE)
    robot.press_user_stop()
    assert robot.current_errors == robot.last_motion_errors == NONE
    robot.release_user_stop()
    assert robot.mode is RobotMode.IDLE, "controllers must be activated again"


def test_toggling_the_user_stop_clears_errors():
    robot = in_mode(RobotMode.REFLEX)
    robot.press_user_stop()
    assert robot.current_errors == SPEED.errors
    robot.release_user_stop()
    assert robot.mode is RobotMode.IDLE and robot.current_errors == NONE


def test_hands_that_guide_are_no_collision():
    robot = in_mode(RobotMode.GUIDING)
    robot.trip(BUMP)
    assert robot.mode is RobotMode.GUIDING and robot.current_errors == NONE
    robot.trip(Violation(0, BUMP.errors | SPEED.errors, "dragged too fast"))
    assert robot.mode is RobotMode.REFLEX and robot.current_errors == SPEED.errors


def test_guiding_returns_to_where_it_began():
    robot = in_mode(RobotMode.USER_STOPPED)
    robot.start_guiding()
    robot.stop_guiding()
    assert robot.mode is RobotMode.USER_STOPPED
    robot.start_guiding()
    robot.release_user_stop()
    assert robot.mode is RobotMode.GUIDING
    robot.stop_guiding()
    assert robot.mode is RobotMode.IDLE
