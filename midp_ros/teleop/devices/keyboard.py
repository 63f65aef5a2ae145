"""Keyboard of a terminal: no display is needed. A key moves the tool for as long as the terminal repeats it.

Imports the standard library.
"""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from typing import TextIO

import numpy as np

from midp_ros.teleop.device import DeviceContext, DeviceError
from midp_ros.teleop.inputs import DeviceInput, Velocity

SILENCE_S = 0.12  # terminals repeat a key at 25 Hz and faster
REDRAW_S = 1.0  # the state is drawn again, since log lines scroll it away
UP, DOWN, RIGHT, LEFT, PAGE_UP, PAGE_DOWN = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~"
MOVES = {  # direction, of x y z roll pitch yaw, and sign
    **dict.fromkeys(("w", UP), (0, 1.0)), **dict.fromkeys(("s", DOWN), (0, -1.0)),
    **dict.fromkeys(("a", LEFT), (1, 1.0)), **dict.fromkeys(("d", RIGHT), (1, -1.0)),
    **dict.fromkeys(("r", PAGE_UP), (2, 1.0)), **dict.fromkeys(("f", PAGE_DOWN), (2, -1.0)),
    "u": (3, 1.0), "o": (3, -1.0), "i": (4, 1.0), "k": (4, -1.0), "j": (5, 1.0), "l": (5, -1.0),
}  # fmt: skip
EVENTS = {
    "g": "gripper_toggle", "+": "faster", "-": "slower", "t": "tool_frame",
    "1": "episode_start", "2": "episode_stop", "3": "episode_keep", "4": "episode_discard",
    "5": "episode_success", "6": "episode_failure", "p": "take_over",
    " ": "arm_stop", "x": "arm_resume", "c": "arm_recover",
}  # fmt: skip
HELP = """\
  w s  forward, back      u o  roll       g    gripper             1 2  episode: start, stop
  a d  left, right        i k  pitch      + -  faster, slower      3 4  keep, discard
  r f  up, down           j l  yaw        t    tool's axes         5 6  success, failure
  (arrows, page up/down)                  p    take over, hand back
  space  stop the arm     x  resume       c    recover             Ctrl-C  end
"""
KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|.", re.DOTALL)


class Keyboard:
    """A Device on a terminal. It is left as it was found.

    Args:
        fd: of the terminal.
        screen: where help and state are shown.
    """

    name, silence_is_release, silence_s = "keyboard", True, SILENCE_S

    def __init__(self, fd: int, screen: TextIO):
        self._fd, self._screen = fd, screen
        self._shown, self._shown_s = "", 0.0
        try:
            self._before = termios.tcgetattr(fd)
            tty.setcbreak(fd, termios.TCSANOW)
        except termios.error as e:
            raise DeviceError(f"keyboard: the terminal cannot be set up: {e.args[-1]}") from None
        self._readable = select.poll()  # a terminal set to non-blocking would be so for its other processes, too
        self._readable.register(fd, select.POLLIN)
        self._screen.write(f"\n{HELP}\n")
        self._screen.flush()

    def read(self, time_s: float) -> list[DeviceInput]:
        """One input for each key since the last call."""
        if not self._readable.poll(0):
            return []
        try:
            data = os.read(self._fd, 4096)
        except OSError as e:
            return [DeviceInput(time_s, gone=e.strerror or "closed")]
        if not data:
            return [DeviceInput(time_s, gone="the terminal was closed")]
        return [given for key in KEY.findall(data.decode(errors="replace")) if (given := key_input(key, time_s))]

    def show(self, text: str) -> None:
        """Shows the state in one line, where it changed. The cursor stays at its start: a log line goes over it."""
        now_s = time.monotonic()
        if text != self._shown or now_s - self._shown_s > REDRAW_S:
            self._shown, self._shown_s = text, now_s
            width = os.get_terminal_size(self._fd).columns or 80 if os.isatty(self._fd) else 80
            self._screen.write(f"\r\x1b[2K{text[: width - 1]}\r")
            self._screen.flush()

    def close(self) -> None:
        """Gives the terminal back."""
        try:
            termios.tcsetattr(self._fd, termios.TCSANOW, self._before)
            self._screen.write("\r\x1b[2K")
            self._screen.flush()
        except (termios.error, OSError):
            pass  # the terminal is gone


def key_input(key: str, time_s: float) -> DeviceInput | None:
    """What a key means; None for one without a meaning."""
    key = key if len(key) > 1 else key.lower()
    key = key.replace("\x1bO", "\x1b[")  # some terminals' arrows
    if key in EVENTS:
        return DeviceInput(time_s, events=(EVENTS[key],))
    if key == "=":  # the plus key without shift
        return DeviceInput(time_s, events=("faster",))
    if key not in MOVES:
        return None
    direction, sign = MOVES[key]
    share = np.zeros(6)
    share[direction] = sign
    return DeviceInput(time_s, Velocity(share[:3], share[3:]))


def keyboard_device(context: DeviceContext) -> Keyboard:
    """The keyboard of the terminal that this process was started in."""
    if sys.stdin is not None and sys.stdin.isatty():
        fd = sys.stdin.fileno()
    else:
        try:
            fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        except OSError:
            raise DeviceError(
                "keyboard: this process has no terminal; start `midp teleop --device keyboard` in one of its own"
            ) from None
    if os.tcgetpgrp(fd) != os.getpgrp():
        raise DeviceError("keyboard: this process runs in the terminal's background; bring it to the front")
    return Keyboard(fd, os.fdopen(os.dup(fd), "w"))
