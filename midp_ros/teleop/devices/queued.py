"""Queued device: inputs that another part of the process brings, as the messages of a topic; imports core."""

from __future__ import annotations

from collections import deque

from midp_ros.teleop.inputs import DeviceInput

SILENCE_S = 0.1  # as MoveIt Servo's: then the arm stops
MOST = 10_000  # kept between two reads; older ones are dropped


class QueuedDevice:
    """A Device whose inputs are put in from outside, in any thread."""

    def __init__(self, name: str, silence_is_release: bool = False, silence_s: float = SILENCE_S):
        self.name, self.silence_is_release, self.silence_s = name, silence_is_release, silence_s
        self._inputs: deque[DeviceInput] = deque(maxlen=MOST)

    def put(self, given: DeviceInput) -> None:
        """Adds an input."""
        self._inputs.append(given)

    def read(self, time_s: float) -> list[DeviceInput]:
        """The inputs since the last call."""
        return [self._inputs.popleft() for _ in range(len(self._inputs))]

    def close(self) -> None:
        """Drops what was not read."""
        self._inputs.clear()
