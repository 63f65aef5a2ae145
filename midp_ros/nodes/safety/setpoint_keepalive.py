"""What a stream of joint targets publishes while the policy does not move the arm; imports control.

Franka's follower moves the arm to its first valid target by itself (SYNCING) and then hands on every target as it is
(FOLLOWING). Then a target after half a second of silence ends its control node, until that is started again; and
activated again it moves the arm to the last target that it received, wherever the arm has been led meanwhile.
So the stream publishes all the time, and until the follower follows, its targets are where the arm is: whichever of
them the follower has taken for its motion, the one that it then follows is no step. Before the follower's state is
known it publishes nothing: the follower may have been left alone by an earlier stream.
"""

from __future__ import annotations

import time

from midp_ros.control.streaming.setpoint_stream import LONGEST_SILENCE_S
from midp_ros.core.arrays import Array
from midp_ros.nodes.commands.command_output import CommandOutput
from midp_ros.nodes.safety.follower_state import FollowerState

INACTIVE, SYNCING, FOLLOWING = "INACTIVE", "SYNCING", "FOLLOWING"  # the follower's states
LEFT_ALONE = (
    "the follower was left without targets, and the next would end its control node: deactivate and activate it"
)
UNKNOWN_S, UNKNOWN_LOOKS = 1.0, 3  # no control node starts faster than that
WAITS = {SYNCING: "the follower moves the arm to its first target", INACTIVE: "the follower is inactive"}


class SetpointKeepalive:
    """Lets an output publish as soon and as long as it may; with a trajectory output there is nothing to do.

    Attributes:
        waits: whether the follower does not follow yet, or no more: a motion that was sent is not executed.
    """

    def __init__(self, output: CommandOutput, follower: FollowerState):
        self._output, self._follower = output, follower
        self._known_s, self._unknown_looks = time.monotonic(), 0
        self.waits = False

    def look(self, obeyed: bool, measured_rad: Array | None, kept: bool = False) -> str:
        """Called at every control step.

        Args:
            obeyed: whether a controller takes the commands.
            measured_rad: where the arm is held, or just is (joints,); None while that is not known.
            kept: another stream has the follower hold it there so far.

        Returns:
            Why the arm must not be moved yet; empty if, for this, it may.
        """
        output, follower = self._output, self._follower
        if self._lost(measured_rad):
            output.hush()  # a robot that is started again must not be sent to where the arm was
        if follower.awaited and not output.publishing:
            return follower.awaited
        silence_s = 0.0 if kept else min(output.silence_s, follower.changed_s)
        if follower.state == FOLLOWING and silence_s > LONGEST_SILENCE_S:
            output.hush()
            return LEFT_ALONE
        reason, waited = WAITS.get(follower.state, ""), self.waits
        if measured_rad is not None:
            self.waits = bool(reason)
            if self.waits or waited or not (output.publishing and obeyed):
                output.hold(measured_rad, firmly=self.waits)
        return reason

    def _lost(self, measured_rad: Array | None) -> bool:
        """Whether it has not been known where the arm is for too long; not only because this process was stopped."""
        if measured_rad is not None:
            self._known_s, self._unknown_looks = time.monotonic(), 0
            return False
        self._unknown_looks += 1
        return self._unknown_looks >= UNKNOWN_LOOKS and time.monotonic() - self._known_s > UNKNOWN_S
