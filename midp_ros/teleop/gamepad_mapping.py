"""Gamepad mapping: from axes and buttons, numbered as ROS's joy_node has them, to a device's inputs; imports core."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.teleop.device import DeviceError
from midp_ros.teleop.inputs import DeviceInput, Velocity

DIRECTIONS = ("x", "y", "z", "roll", "pitch", "yaw")
# Left stick: forward and left; right stick: up and turn; cross: roll and pitch. joy_node: up and left are positive.
AXES = "x:1, y:0, z:4, yaw:3, pitch:7, roll:-6"
DEAD_MAN = 4  # LB, L1
BUTTONS = (  # A B X Y RB back start guide L3 R3
    "0:gripper_toggle, 1:episode_discard, 2:take_over, 3:episode_keep, 5:tool_frame, 6:episode_stop, "
    "7:episode_start, 8:arm_stop, 9:slower, 10:faster"
)
DEAD_ZONE = 0.08  # of a stick's way


class GamepadMapping:
    """Turns the state of a gamepad into inputs; a button is an event when it goes down.

    Args:
        axes: `direction:number` of each axis that moves the tool, a minus sign turns it round.
        buttons: `number:event`.
        dead_man: number of the button that has to be held; below 0: none has to.
    """

    def __init__(self, axes: str = AXES, buttons: str = BUTTONS, dead_man: int = DEAD_MAN):
        self._axes = [_axis(text) for text in _parts(axes)]
        self._buttons = dict(_button(text) for text in _parts(buttons))
        self._dead_man = dead_man
        self._down: set[int] = set()

    def input(self, time_s: float, axes: Sequence[float], buttons: Sequence[int]) -> DeviceInput:
        """The input of a state; axes and buttons that the gamepad lacks count as at rest."""
        share = np.zeros(6)
        for place, number, sign in self._axes:
            if number < len(axes):
                share[place] = sign * _without_dead_zone(axes[number])
        down = {number for number, pressed in enumerate(buttons) if pressed}
        events = tuple(self._buttons[number] for number in sorted(down - self._down) if number in self._buttons)
        self._down = down
        held = None if self._dead_man < 0 else self._dead_man in down
        return DeviceInput(time_s, Velocity(_round(share[:3]), _round(share[3:])), held, events=events)


def _round(share: Array) -> Array:
    """Within the unit ball: two axes at once are no faster than one."""
    length = float(np.linalg.norm(share))
    return share / length if length > 1.0 else share


def _without_dead_zone(value: float) -> float:
    beyond = max(0.0, abs(value) - DEAD_ZONE) / (1 - DEAD_ZONE)
    return float(np.sign(value) * beyond)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _axis(text: str) -> tuple[int, int, float]:
    direction, separator, number = text.partition(":")
    digits = number.strip().removeprefix("-")
    if direction not in DIRECTIONS or not separator or not digits.isdigit():
        raise DeviceError(f"gamepad axis {text!r} is not DIRECTION:NUMBER; directions: {', '.join(DIRECTIONS)}")
    return DIRECTIONS.index(direction), int(digits), -1.0 if number.strip().startswith("-") else 1.0


def _button(text: str) -> tuple[int, str]:
    number, separator, event = text.partition(":")
    if not number.isdigit() or not separator or not event:
        raise DeviceError(f"gamepad button {text!r} is not NUMBER:EVENT, e.g. 0:gripper_toggle")
    return int(number), event.strip()
