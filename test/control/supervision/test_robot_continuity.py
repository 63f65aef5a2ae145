"""A robot that was silent for long, or whose state another publisher sends, may not be where it was."""

import pytest

from midp_ros.control.supervision.robot_continuity import RobotContinuity

JOINTS, STATE = "/franka/joint_states", "/franka_robot_state_broadcaster/robot_state"


@pytest.mark.parametrize("silent_s, noticed", [(0.0, False), (2.9, False), (3.1, True)])
def test_a_silence_counts_when_it_is_longer_than_allowed(silent_s, noticed):
    continuity = RobotContinuity(3.0)
    reason = continuity.silence(100.0, {JOINTS: 100.0 - silent_s, STATE: 100.0})
    assert bool(reason) == noticed
    assert (f"silent for more than 3 s on {JOINTS}" in reason) == noticed


def test_a_robot_that_has_not_published_yet_is_not_silent():
    assert not RobotContinuity(3.0).silence(100.0, {})


def test_a_clock_that_was_set_back_is_no_silence():
    assert not RobotContinuity(3.0).silence(70.0, {JOINTS: 100.0})


def test_publishers_that_are_discovered_one_after_the_other_are_the_first_ones():
    continuity = RobotContinuity(3.0, settling_s=1.0)
    assert not continuity.publishers(0.0, JOINTS, {})
    assert not continuity.publishers(50.0, JOINTS, {b"a": "/arm"})
    assert not continuity.publishers(50.9, JOINTS, {b"a": "/arm", b"b": "/hand"})
    assert not continuity.publishers(60.0, JOINTS, {b"a": "/arm", b"b": "/hand"})


def test_a_publisher_that_was_started_again_is_news_once():
    continuity = RobotContinuity(3.0, settling_s=1.0)
    assert not continuity.publishers(0.0, JOINTS, {b"a": "/arm"})
    assert not continuity.publishers(9.0, JOINTS, {}), "it is gone, which is no news"
    assert "/arm, was started again" in continuity.publishers(10.0, JOINTS, {b"c": "/arm"})
    assert not continuity.publishers(11.0, JOINTS, {b"c": "/arm"})


def test_a_second_robot_is_news_though_the_first_goes_on():
    continuity = RobotContinuity(3.0, settling_s=1.0)
    continuity.publishers(0.0, JOINTS, {b"a": "/arm"})
    assert "/other, is new" in continuity.publishers(10.0, JOINTS, {b"a": "/arm", b"b": "/other"})


def test_each_topic_has_publishers_of_its_own():
    continuity = RobotContinuity(3.0, settling_s=1.0)
    continuity.publishers(0.0, JOINTS, {b"a": "/arm"})
    assert not continuity.publishers(10.0, STATE, {b"s": "/broadcaster"}), "the first one of its topic"


def test_a_publisher_whose_node_is_not_known_yet_is_news_at_once_and_not_again_when_it_is_named():
    continuity = RobotContinuity(3.0, settling_s=1.0)
    continuity.publishers(0.0, JOINTS, {b"a": "/arm"})
    assert "name is not known yet, is new" in continuity.publishers(10.0, JOINTS, {b"a": "/arm", b"b": ""})
    assert not continuity.publishers(10.1, JOINTS, {b"a": "/arm", b"b": "/arm"})
