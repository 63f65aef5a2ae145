"""Device watch: whether the motion of one device counts, and why not; imports core.

at rest --motion--> in motion --rest--> at rest
                        |
silent, gone, or not the arm's owner: barred, until the device was seen at rest
"""

from __future__ import annotations

import numpy as np

from midp_ros.teleop.device import Device
from midp_ros.teleop.inputs import DEADBAND, DeviceInput, LeaderJoints, Motion, Velocity, sound

VANISHED_S = 0.5  # a device that is silent in motion for longer has to be at rest first; before that the arm only stops
FIRST_REST_S = 0.2  # a device that is silent for so long after the start was at rest
LEADER_REST_RAD_S = 0.1  # slower, and a leader arm is at rest: encoders of 0.09 degrees at 30 Hz are 0.05 rad/s
LEADER_REST_S = 0.3


class DeviceWatch:
    """Follows one device.

    Attributes:
        barred: why its motion does not count; empty where it does.
        news: messages for the operator since they were last taken.
    """

    def __init__(self, device: Device):
        self.device = device
        self.barred = ""
        self.news: list[str] = []
        self._said = ""
        self._begun_s: float | None = None
        self._heard_s, self._silent = -np.inf, False
        self._gone = ""
        self._motion: Motion | None = None
        self._leader: tuple[float, LeaderJoints] | None = None
        self._still_s = np.inf  # since when a leader arm is at rest

    @property
    def name(self) -> str:
        """Of the device."""
        return self.device.name

    def read(self, time_s: float) -> list[DeviceInput]:
        """Reads the device, and returns its sound inputs, oldest first."""
        if self._begun_s is None:
            self._begun_s = time_s
        inputs = [each for each in self.device.read(time_s) if self._take(each)]
        self._judge_silence(time_s)
        return inputs

    def motion(self) -> Motion | None:
        """The motion that counts now; None at rest."""
        return None if self.barred or self._silent else self._motion

    def bar(self, reason: str) -> None:
        """Its motion counts only after it was at rest."""
        if not self.barred:
            self._say(f"{reason}; it counts again once it was at rest")
        self.barred, self._motion = reason, None

    # --- inside ------------------------------------------------------------------------------------------------------
    def _take(self, given: DeviceInput) -> bool:
        if given.gone:
            if given.gone != self._gone:
                self._gone = given.gone
                self.bar(f"{self.name} is gone: {given.gone}")
            return False
        if self._gone:
            self._gone = ""
            self._say(f"{self.name} is back")
        if given.motion is not None and not sound(given.motion):
            self._say(f"{self.name} sent numbers that are not finite, or absurd: ignored")
            return False
        if given.motion is not None or given.held is False:
            self._take_motion(given)
        return True

    def _take_motion(self, given: DeviceInput) -> None:
        first = self._heard_s == -np.inf
        rests = self._rests(given)
        if first and not rests and not self._rested_before(given.time_s):
            self.bar(f"{self.name} was in motion from the start on")
        self._heard_s, self._silent = given.time_s, False
        if self.barred:
            if rests:
                self._arm()
            return
        self._motion = None if rests and not isinstance(given.motion, LeaderJoints) else given.motion

    def _rested_before(self, time_s: float) -> bool:
        """Whether silence before the first input was rest."""
        assert self._begun_s is not None
        return self.device.silence_is_release and time_s - self._begun_s >= FIRST_REST_S

    def _rests(self, given: DeviceInput) -> bool:
        if given.held is False or given.motion is None:
            return True
        if isinstance(given.motion, Velocity):
            scale = 1.0 if given.motion.shares else 10.0  # of 0.2 m/s or rad/s
            largest = max(np.abs(given.motion.linear).max(), np.abs(given.motion.angular).max())
            return bool(scale * largest < DEADBAND)
        return self._leader_rests(given.time_s, given.motion) if isinstance(given.motion, LeaderJoints) else False

    def _leader_rests(self, time_s: float, joints: LeaderJoints) -> bool:
        before, self._leader = self._leader, (time_s, joints)
        if before is None or before[1].position_rad.shape != joints.position_rad.shape:
            self._still_s = time_s
            return False
        passed_s = max(time_s - before[0], 1e-3)
        if np.abs(joints.position_rad - before[1].position_rad).max() / passed_s > LEADER_REST_RAD_S:
            self._still_s = np.inf
        elif self._still_s == np.inf:
            self._still_s = time_s
        return time_s - self._still_s >= LEADER_REST_S

    def _judge_silence(self, time_s: float) -> None:
        silent_s = time_s - self._heard_s
        if self._heard_s == -np.inf or silent_s <= self.device.silence_s:
            return
        if self.device.silence_is_release:
            self._motion = None
            if self.barred and not self._gone:
                self._arm()
        elif self._motion is not None:
            self._silent = True
            if silent_s > VANISHED_S:
                self._leader = None
                self.bar(f"{self.name} fell silent in motion")

    def _arm(self) -> None:
        self.barred = ""
        self._say(f"{self.name} counts again")

    def _say(self, text: str) -> None:
        if text != self._said:
            self.news.append(text)
        self._said = text
