"""Devices: whose motion counts, silence, a device that vanishes and returns, two at once."""

import numpy as np
import pytest

from midp_ros.core.pose import Pose
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.devices.queued import QueuedDevice
from midp_ros.teleop.inputs import DeviceInput, HandPose, LeaderJoints, Velocity


def moving(time_s, share=1.0, held=None):
    return DeviceInput(time_s, Velocity(np.array([share, 0, 0]), np.zeros(3)), held=held)


class Desk:
    """Some devices at one arbiter, read every 10 ms."""

    def __init__(self, *devices):
        self.devices, self.arbiter, self.time_s, self.news = devices, Arbiter(devices), 0.0, []

    def run(self, duration_s, *inputs):
        """`inputs`: for each device a function of time, or None for silence."""
        for _ in range(round(duration_s / 0.01)):
            self.time_s = round(self.time_s + 0.01, 3)
            for device, given in zip(self.devices, inputs, strict=False):
                if given is not None:
                    device.put(given(self.time_s))
            self.arbiter.read(self.time_s)
            self.news += self.arbiter.news()
        return self.arbiter.motion()


def rest(time_s):
    return moving(time_s, 0.0)


def test_a_stream_counts_once_it_was_at_rest():
    desk = Desk(QueuedDevice("stick"))
    assert desk.run(0.5, moving) is None
    assert "was in motion from the start on" in desk.news[0]
    assert desk.run(0.1, rest) is None and desk.arbiter.barred == {}
    assert desk.run(0.1, moving).linear[0] == 1.0 and desk.arbiter.owner == "stick"


def test_a_key_that_is_pressed_after_a_while_counts_at_once():
    desk = Desk(QueuedDevice("keys", silence_is_release=True))
    desk.run(0.3, None)
    assert desk.run(0.02, moving) is not None
    assert desk.run(0.2, None) is None and not desk.news


def test_silence_ends_a_motion_within_a_tenth_of_a_second_and_a_short_one_is_forgiven():
    desk = Desk(QueuedDevice("stick"))
    desk.run(0.1, rest)
    assert desk.run(0.3, moving) is not None
    assert desk.run(0.09, None) is not None
    assert desk.run(0.03, None) is None
    assert desk.run(0.02, moving) is not None and not desk.news


@pytest.mark.parametrize("gone", [False, True])
def test_a_device_that_vanishes_and_returns_in_motion_has_to_be_at_rest_first(gone):
    desk = Desk(QueuedDevice("stick"))
    desk.run(0.1, rest)
    desk.run(0.3, moving)
    if gone:
        desk.run(0.1, lambda time_s: DeviceInput(time_s, gone="unplugged"))
    else:
        desk.run(0.6, None)
    assert desk.run(0.5, moving) is None
    assert "stick" in desk.news[0] and desk.arbiter.barred
    desk.run(0.02, rest)
    assert desk.run(0.02, moving) is not None
    assert any("counts again" in text for text in desk.news)


def test_the_dead_mans_switch_has_to_be_held_and_its_release_is_rest():
    desk = Desk(QueuedDevice("pad"))
    desk.run(0.1, lambda t: moving(t, held=False))
    assert desk.run(0.1, lambda t: moving(t, held=False)) is None
    assert desk.run(0.1, lambda t: moving(t, held=True)) is not None
    assert desk.run(0.01, lambda t: moving(t, held=False)) is None
    assert not desk.news


def test_the_first_of_two_devices_keeps_the_arm_and_the_other_is_named_once():
    desk = Desk(QueuedDevice("one"), QueuedDevice("two"))
    desk.run(0.1, rest, rest)
    desk.run(0.1, moving, rest)
    assert desk.run(0.5, moving, lambda t: moving(t, -1.0)).linear[0] == 1.0
    assert len(desk.news) == 1 and "two is ignored: one has the arm" in desk.news[0]
    # The first one lets go: the second, still in motion, does not take over in the middle of it.
    assert desk.run(1.0, rest, lambda t: moving(t, -1.0)) is None
    desk.run(0.05, rest, rest)
    assert desk.run(0.05, rest, lambda t: moving(t, -1.0)).linear[0] == -1.0
    assert desk.arbiter.owner == "two"


def test_a_short_rest_does_not_give_the_arm_away():
    desk = Desk(QueuedDevice("one"), QueuedDevice("two"))
    desk.run(0.1, rest, rest)
    desk.run(0.1, moving, rest)
    desk.run(0.3, rest, rest)
    assert desk.run(0.05, rest, moving) is None and desk.arbiter.owner == "one"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_silence_and_named(value):
    desk = Desk(QueuedDevice("stick"))
    desk.run(0.1, rest)
    desk.run(0.1, moving)
    assert desk.run(0.15, lambda t: moving(t, value)) is None
    assert "not finite" in desk.news[0] and len(desk.news) == 1


def test_the_clutch_of_a_hand_is_closed_by_its_stream():
    desk = Desk(QueuedDevice("phone", silence_is_release=True))
    pose = Pose(np.zeros(3), np.eye(3))
    desk.run(0.3, None)
    assert desk.run(0.1, lambda t: DeviceInput(t, HandPose(pose))) is not None
    assert desk.run(0.2, None) is None and not desk.arbiter.barred


def test_a_leader_arm_counts_only_after_it_stood_still():
    desk = Desk(QueuedDevice("leader"))

    def leading(speed_rad_s):
        return lambda t: DeviceInput(t, LeaderJoints(np.full(7, speed_rad_s * t)))

    assert desk.run(0.5, leading(0.5)) is None
    assert desk.run(0.5, leading(0.0)) is not None
    assert desk.run(0.3, leading(0.5)) is not None, "once it counts it may move"
