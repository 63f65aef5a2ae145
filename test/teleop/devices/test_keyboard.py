"""Keyboard on a pseudo-terminal: what a person types, what the screen shows, and the terminal afterwards."""

import os
import pty
import termios

import pytest

from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.device import DeviceContext, DeviceError
from midp_ros.teleop.devices import keyboard
from midp_ros.teleop.devices.keyboard import DOWN, EVENTS, MOVES, UP, Keyboard, keyboard_device
from midp_ros.teleop.inputs import Velocity


class Terminal:
    def __init__(self):
        self.outside, self.fd = pty.openpty()
        self.before = termios.tcgetattr(self.fd)
        self.keyboard = Keyboard(self.fd, os.fdopen(os.dup(self.fd), "w"))

    def type(self, keys):
        os.write(self.outside, keys.encode())

    def screen(self):
        return os.read(self.outside, 65536).decode()


@pytest.fixture
def terminal():
    terminal = Terminal()
    yield terminal
    for fd in (terminal.outside, terminal.fd):
        try:
            os.close(fd)
        except OSError:
            pass


def test_every_key_is_shown_on_the_screen(terminal):
    screen = terminal.screen()
    shown = set(screen.replace("space", " ").split())
    keys = {key for key in (*MOVES, *EVENTS) if len(key) == 1 and key != " "}
    assert keys <= shown and "arrows" in screen and "space" in screen


def test_keys_move_the_tool_as_long_as_they_are_repeated(terminal):
    arbiter = Arbiter([terminal.keyboard])
    arbiter.read(0.0)
    for repeat in range(10):
        terminal.type("w")
        arbiter.read(1.0 + repeat / 30)
        assert arbiter.motion().linear.tolist() == [1.0, 0.0, 0.0]
    arbiter.read(1.3 + 0.1)
    assert arbiter.motion() is not None
    arbiter.read(1.3 + 0.13)
    assert arbiter.motion() is None
    terminal.type("s")
    arbiter.read(2.0)
    assert arbiter.motion().linear[0] == -1.0


def test_arrows_and_bursts_are_read_key_by_key(terminal):
    terminal.type(UP + DOWN + "g" + "\x1bOA" + "W1 ?")
    inputs = terminal.keyboard.read(0.0)
    moves = [each.motion.linear[0] for each in inputs if isinstance(each.motion, Velocity)]
    assert moves == [1.0, -1.0, 1.0, 1.0]
    assert [each.events for each in inputs if each.events] == [("gripper_toggle",), ("episode_start",), ("arm_stop",)]


def test_keys_are_not_echoed_and_the_terminal_is_given_back(terminal, monkeypatch):
    terminal.screen()
    terminal.type("w")
    terminal.keyboard.read(0.0)
    terminal.keyboard.show("running | 50 %")
    terminal.keyboard.show("running | 50 %")
    shown = terminal.screen()
    assert shown.count("running") == 1 and "w" not in shown and shown.endswith("\r"), "a log line goes over it"
    monkeypatch.setattr(keyboard, "REDRAW_S", 0.0)
    terminal.keyboard.show("running | 50 %")
    assert "running" in terminal.screen(), "log lines have scrolled it away"
    terminal.keyboard.close()
    assert termios.tcgetattr(terminal.fd) == terminal.before


def test_a_terminal_that_is_closed_is_a_device_that_is_gone(terminal):
    os.close(terminal.outside)
    assert terminal.keyboard.read(0.0)[0].gone
    terminal.keyboard.close()


def test_without_a_terminal_the_error_says_how_to_start(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)

    def none(*arguments):
        raise OSError("No such device or address")

    monkeypatch.setattr(os, "open", none)
    with pytest.raises(DeviceError, match="midp teleop --device keyboard"):
        keyboard_device(DeviceContext(profile=None))
