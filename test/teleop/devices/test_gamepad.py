"""Gamepad: the mapping, a real event device by uinput where there is one, and evdev's events without it."""

import errno
import os
import time
from types import SimpleNamespace

import numpy as np
import pytest

from midp_ros.teleop.device import DeviceError
from midp_ros.teleop.devices.gamepad import Gamepad
from midp_ros.teleop.gamepad_mapping import GamepadMapping

evdev = pytest.importorskip("evdev")
codes = evdev.ecodes


def test_sticks_buttons_and_the_dead_mans_switch():
    mapping = GamepadMapping()
    given = mapping.input(1.0, [0.0, 1.0, 1.0, 0.0, -0.5, 1.0, 0.0, 0.0], [0, 0, 0, 0, 1])
    np.testing.assert_allclose(given.motion.linear, [0.91, 0, -0.415], atol=0.01)
    assert given.held is True and given.events == ()
    given = mapping.input(1.1, [0.0] * 8, [1, 0, 0, 0, 0])
    assert given.held is False and given.events == ("gripper_toggle",)
    assert mapping.input(1.2, [0.0] * 8, [1]).events == (), "it is an event when it goes down, once"
    assert not mapping.input(1.3, [0.05] * 8, []).motion.linear.any(), "sticks do not return to zero exactly"


@pytest.mark.parametrize("axes, buttons", [("up:1", ""), ("x:one", ""), ("x", ""), ("", "A:stop"), ("", "3")])
def test_a_mapping_that_is_none_is_refused_with_what_would_be_right(axes, buttons):
    with pytest.raises(DeviceError, match="is not"):
        GamepadMapping(axes, buttons)


class FakeInput:
    """evdev's InputDevice as far as it is used, with real events."""

    name = "Pad"

    def __init__(self, path="", fail=None):
        self.events, self.closed = [], False
        self.path = path

    def capabilities(self):
        info = evdev.AbsInfo(0, -32768, 32767, 0, 0, 0)
        return {codes.EV_ABS: [(codes.ABS_X, info), (codes.ABS_Y, info)], codes.EV_KEY: [codes.BTN_SOUTH]}

    def put(self, *events):
        for kind, code, value in (*events, (codes.EV_SYN, 0, 0)):
            self.events.append(evdev.InputEvent(0, 0, kind, code, value))

    def read_one(self):
        if self.closed:
            raise OSError(errno.ENODEV, "No such device")
        return self.events.pop(0) if self.events else None

    def close(self):
        pass


@pytest.fixture
def pad(monkeypatch):
    devices = []

    def open_device(path):
        if devices and devices[-1].path == "away":
            raise OSError(errno.ENOENT, "No such file")
        devices.append(FakeInput(path))
        return devices[-1]

    fake = SimpleNamespace(InputDevice=open_device, ecodes=codes, list_devices=lambda: ["/dev/input/event0"])
    monkeypatch.setattr("midp_ros.teleop.devices.gamepad._library", lambda: fake)
    return Gamepad(GamepadMapping()), devices


def test_events_become_the_state_that_joy_node_would_publish(pad):
    gamepad, devices = pad
    devices[-1].put((codes.EV_ABS, codes.ABS_Y, -32768), (codes.EV_KEY, codes.BTN_TL, 1))
    *_, last = gamepad.read(1.0)
    assert last.held is True and last.motion.linear[0] == pytest.approx(1.0, abs=0.01)
    # It reports changes only: without any, its state still counts.
    assert gamepad.read(1.5)[-1].motion.linear[0] == pytest.approx(1.0, abs=0.01)


def test_a_gamepad_that_is_unplugged_and_comes_back_is_named(pad):
    gamepad, devices = pad
    devices[-1].closed, devices[-1].path = True, "away"
    assert gamepad.read(1.0)[-1].gone == "unplugged"
    assert gamepad.read(2.1)[-1].gone == "unplugged"
    devices[-1].path = ""
    assert gamepad.read(2.2)[-1].gone == "unplugged", "it looks once a second"
    assert not gamepad.read(3.3)[-1].gone


@pytest.mark.skipif(not os.access("/dev/uinput", os.W_OK), reason="this machine has no /dev/uinput")
def test_a_gamepad_of_uinput():
    axis = evdev.AbsInfo(0, -32768, 32767, 0, 0, 0)
    events = {codes.EV_KEY: [codes.BTN_SOUTH, codes.BTN_TL], codes.EV_ABS: [(codes.ABS_X, axis), (codes.ABS_Y, axis)]}
    with evdev.UInput(events, name="midp test pad") as virtual:
        gamepad = Gamepad(GamepadMapping(), virtual.device.path)
        virtual.write(codes.EV_KEY, codes.BTN_TL, 1)
        virtual.write(codes.EV_ABS, codes.ABS_Y, -32768)
        virtual.syn()
        end_s = time.monotonic() + 5.0
        while not (last := gamepad.read(0.0)[-1]).held and time.monotonic() < end_s:
            time.sleep(0.01)
        assert last.held and last.motion.linear[0] == pytest.approx(1.0, abs=0.01)
    assert gamepad.read(1.0)[-1].gone
