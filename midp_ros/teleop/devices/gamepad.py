"""Gamepad by evdev, without a joy node; imports evdev when it is opened."""

from __future__ import annotations

from typing import Any

from midp_ros.teleop.device import DeviceContext, DeviceError
from midp_ros.teleop.gamepad_mapping import AXES, BUTTONS, DEAD_MAN, GamepadMapping
from midp_ros.teleop.inputs import DeviceInput

# Names of linux/input-event-codes.h in the order that joy_node numbers them.
AXIS_NAMES = ("ABS_X", "ABS_Y", "ABS_Z", "ABS_RX", "ABS_RY", "ABS_RZ", "ABS_HAT0X", "ABS_HAT0Y")
BUTTON_NAMES = (
    *("BTN_SOUTH", "BTN_EAST", "BTN_NORTH", "BTN_WEST", "BTN_TL", "BTN_TR"),
    *("BTN_SELECT", "BTN_START", "BTN_MODE", "BTN_THUMBL", "BTN_THUMBR"),
)
RETRY_S = 1.0  # between two looks for a gamepad that was unplugged
SILENCE_S = 0.1


class Gamepad:
    """A Device read from /dev/input. It reports changes only, so its state counts until it is unplugged.

    Args:
        path: of the event device; empty takes the first one that has sticks and buttons.
    """

    silence_is_release, silence_s = False, SILENCE_S

    def __init__(self, mapping: GamepadMapping, path: str = ""):
        self._evdev = _library()
        self._mapping, self._path = mapping, path
        self._device: Any = None
        self._looked_s = -float("inf")
        self._open()
        self.name = f"gamepad {getattr(self._device, 'name', '')}"

    def read(self, time_s: float) -> list[DeviceInput]:
        """The state after each group of changes, and at the present; or that it is gone."""
        if self._device is None and not self._reopened(time_s):
            return [DeviceInput(time_s, gone="unplugged")]
        inputs = []
        try:
            while (event := self._device.read_one()) is not None:
                if event.type == self._evdev.ecodes.EV_SYN:
                    inputs.append(self._input(time_s))
                else:
                    self._take(event)
        except OSError:
            self._device = None
            return [*inputs, DeviceInput(time_s, gone="unplugged")]
        return [*inputs, self._input(time_s)]

    def close(self) -> None:
        """Closes the event device."""
        if self._device is not None:
            self._device.close()
            self._device = None

    # --- inside ------------------------------------------------------------------------------------------------------
    def _open(self) -> None:
        try:
            self._device = self._evdev.InputDevice(self._path or self._first())
        except OSError as e:
            raise DeviceError(f"gamepad {self._path or ''} cannot be opened: {e.strerror or e}") from None
        codes = self._evdev.ecodes
        absolute = dict(self._device.capabilities().get(codes.EV_ABS, []))
        self._axis_numbers = {getattr(codes, name): number for number, name in enumerate(AXIS_NAMES)}
        self._button_numbers = {getattr(codes, name): number for number, name in enumerate(BUTTON_NAMES)}
        self._ranges = {code: (info.min, info.max) for code, info in absolute.items() if code in self._axis_numbers}
        self._axes, self._buttons = [0.0] * len(AXIS_NAMES), [0] * len(BUTTON_NAMES)
        for code, info in absolute.items():
            self._put(code, info.value)

    def _first(self) -> str:
        codes = self._evdev.ecodes
        for path in self._evdev.list_devices():
            device = self._evdev.InputDevice(path)
            keys = device.capabilities().get(codes.EV_KEY, [])
            device.close()
            if codes.BTN_SOUTH in keys:
                return str(path)
        raise DeviceError(
            "no gamepad in /dev/input: is it plugged in, and may this user read it? (sudo usermod -aG input $USER)"
        )

    def _reopened(self, time_s: float) -> bool:
        if time_s - self._looked_s < RETRY_S:
            return False
        self._looked_s = time_s
        try:
            self._open()
        except DeviceError:
            return False
        return True

    def _take(self, event: Any) -> None:
        codes = self._evdev.ecodes
        if event.type == codes.EV_ABS:
            self._put(event.code, event.value)
        elif event.type == codes.EV_KEY and event.code in self._button_numbers:
            self._buttons[self._button_numbers[event.code]] = int(event.value != 0)

    def _put(self, code: int, value: int) -> None:
        """Joysticks count from left to right and from up to down; joy_node turns both round."""
        if code in self._ranges:
            low, high = self._ranges[code]
            middle, half = (low + high) / 2, max((high - low) / 2, 1e-9)
            self._axes[self._axis_numbers[code]] = -(value - middle) / half

    def _input(self, time_s: float) -> DeviceInput:
        return self._mapping.input(time_s, self._axes, self._buttons)


def gamepad_device(context: DeviceContext) -> Gamepad:
    """The gamepad of this machine."""
    return Gamepad(mapping(context), context.settings.get("gamepad_path", ""))


def mapping(context: DeviceContext) -> GamepadMapping:
    """The mapping by the settings."""
    settings = context.settings
    return GamepadMapping(
        settings.get("gamepad_axes", AXES),
        settings.get("gamepad_buttons", BUTTONS),
        int(settings.get("gamepad_dead_man", DEAD_MAN)),
    )


def _library() -> Any:
    try:
        import evdev
    except ImportError:
        raise DeviceError("a gamepad needs evdev: pip install 'midp_ros[teleop]' brings it") from None
    return evdev
