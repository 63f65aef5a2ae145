"""Arbiter: which of several devices has the arm; imports core."""

from __future__ import annotations

from collections.abc import Sequence

from midp_ros.teleop.device import Device
from midp_ros.teleop.device_watch import DeviceWatch
from midp_ros.teleop.inputs import DeviceInput, Motion

KEPT_S = 0.5  # a device that is at rest for less keeps the arm


class Arbiter:
    """The first device in motion has the arm until it has been at rest for KEPT_S; the others are barred meanwhile.

    A barred device has to be at rest before its motion counts: so none takes the arm over in the middle of a motion.
    """

    def __init__(self, devices: Sequence[Device]):
        self._watches = [DeviceWatch(device) for device in devices]
        self._owner: DeviceWatch | None = None
        self._moved_s = 0.0

    @property
    def owner(self) -> str:
        """The device that has the arm; empty while none has."""
        return self._owner.name if self._owner else ""

    @property
    def barred(self) -> dict[str, str]:
        """Devices whose motion does not count, and why."""
        return {watch.name: watch.barred for watch in self._watches if watch.barred}

    def read(self, time_s: float) -> list[DeviceInput]:
        """Reads all devices; returns what they sent, for buttons and gripper."""
        inputs = [each for watch in self._watches for each in watch.read(time_s)]
        if self._owner is not None and self._owner.motion() is None and time_s - self._moved_s > KEPT_S:
            self._owner = None
        for watch in self._watches:
            if watch.motion() is None:
                continue
            if self._owner is None:
                self._owner = watch
            if watch is self._owner:
                self._moved_s = time_s
            else:
                watch.bar(f"{watch.name} is ignored: {self.owner} has the arm")
        return inputs

    def motion(self) -> Motion | None:
        """The motion of the device that has the arm; None at rest."""
        return self._owner.motion() if self._owner else None

    def news(self) -> list[str]:
        """Messages for the operator since the last call."""
        found = [text for watch in self._watches for text in watch.news]
        for watch in self._watches:
            watch.news.clear()
        return found

    def close(self) -> None:
        """Closes every device."""
        for watch in self._watches:
            watch.device.close()
