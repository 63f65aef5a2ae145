"""SpaceMouse by pyspacemouse; imports it when it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from midp_ros.teleop.device import DeviceContext, DeviceError
from midp_ros.teleop.inputs import DeviceInput, Velocity

SILENCE_S = 0.1  # deflected, it reports every 8 ms; at rest it reports zeros once
DEAD_ZONE = 0.03
BUTTONS = ("gripper_toggle", "take_over")  # left and right
MOST_REPORTS = 64  # in one read
RETRY_S = 1.0


class SpaceMouse:
    """A Device on pyspacemouse's reading, in the axes of ROS: x forward, y left, z up.

    Args:
        open_mouse: opens the mouse, and raises where there is none.
        buttons: event of each button, empty for none.
    """

    name, silence_is_release, silence_s = "SpaceMouse", False, SILENCE_S

    def __init__(self, open_mouse: Any, buttons: Sequence[str] = BUTTONS):
        self._open_mouse, self._buttons = open_mouse, tuple(buttons)
        self._mouse, self._looked_s = open_mouse(), -float("inf")
        self._read_s = -1.0
        self._down: set[int] = set()

    def read(self, time_s: float) -> list[DeviceInput]:
        """One input for each report since the last call; or that it is gone."""
        if self._mouse is None and not self._reopened(time_s):
            return [DeviceInput(time_s, gone="unplugged")]
        inputs = []
        try:
            for _ in range(MOST_REPORTS):
                state = self._mouse.read()
                if state is None or state.t == self._read_s:
                    break
                self._read_s = state.t
                inputs.append(self._input(time_s, state))
        except Exception:  # hidapi's own, and whatever its binding makes of an unplugged mouse
            self.close()
            return [*inputs, DeviceInput(time_s, gone="unplugged")]
        return inputs

    def close(self) -> None:
        """Closes the mouse."""
        mouse, self._mouse = self._mouse, None
        if mouse is not None:
            mouse.close()

    def _reopened(self, time_s: float) -> bool:
        if time_s - self._looked_s >= RETRY_S:
            self._looked_s = time_s
            try:
                self._mouse = self._open_mouse()
            except DeviceError:
                self._mouse = None
        return self._mouse is not None

    def _input(self, time_s: float, state: Any) -> DeviceInput:
        share = np.array([state.x, state.y, state.z, state.roll, state.pitch, state.yaw], float)
        share = np.sign(share) * np.maximum(0.0, np.abs(share) - DEAD_ZONE) / (1 - DEAD_ZONE)
        down = {number for number, pressed in enumerate(state.buttons) if pressed}
        pressed = sorted(down - self._down)
        self._down = down
        events = tuple(self._buttons[n] for n in pressed if n < len(self._buttons) and self._buttons[n])
        return DeviceInput(time_s, Velocity(share[:3], share[3:]), events=events)


def spacemouse_device(context: DeviceContext) -> SpaceMouse:
    """The first SpaceMouse of this machine."""
    buttons = context.settings.get("spacemouse_buttons", ",".join(BUTTONS))
    return SpaceMouse(_open, [event.strip() for event in buttons.split(",")])


def _open() -> Any:
    try:
        import pyspacemouse
    except (ImportError, OSError, AttributeError, TypeError) as e:  # easyhid's words where hidapi is missing
        raise DeviceError(
            f"a SpaceMouse needs pyspacemouse and hidapi: pip install 'midp_ros[teleop]', "
            f"apt install libhidapi-hidraw0 ({type(e).__name__}: {e})"
        ) from None
    try:
        return pyspacemouse.open(axis_convention=pyspacemouse.AxisConvention.ROS)
    except Exception as e:  # pyspacemouse raises what easyhid, hidapi or itself has
        raise DeviceError(
            f"no SpaceMouse can be opened: {e}; is it plugged in, and may this user read /dev/hidraw*?"
        ) from None
