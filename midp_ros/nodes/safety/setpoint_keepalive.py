"""What a stream of joint targets says while the policy does not move the arm; imports control.

Franka's follower moves the arm to its first valid target by itself (SYNCING) and then hands on every target as it is
(FOLLOWING). Then a target after half a second of silence ends its control node, until somebody starts that again; and
activated again it moves the arm to the last target that it heard, wherever the arm has been led meanwhile.
So the stream speaks all the time, and where nobody obeys, it says where the arm is.
"""

from __future__ import annotations

from midp_ros.control.streaming.setpoint_stream import LONGEST_SILENCE_S
from midp_ros.core.arrays import Array
from midp_ros.nodes.commands.command_output import CommandOutput

INACTIVE, SYNCING, FOLLOWING = "INACTIVE", "SYNCING", "FOLLOWING"  # what the follower says of itself
LEFT_ALONE = (
    "the follower was left without targets, and the next would end its control node: deactivate and activate it"
)
WAITS = {SYNCING: "the follower moves the arm to its first target", INACTIVE: "the follower is inactive"}


class SetpointKeepalive:
    """Lets an output speak as soon and as long as it may; with a trajectory output there is nothing to do."""

    def __init__(self, output: CommandOutput):
        self._output = output

    def look(
        self, obeyed: bool, follower: str, changed_s: float, measured_rad: Array | None, kept: bool = False
    ) -> str:
        """Called at every control step.

        Args:
            obeyed: whether a controller takes the commands.
            follower: its state; empty if it says none.
            changed_s: since it was seen to change that [s]; then it has just been activated, or has heard a target.
            measured_rad: where the arm is held, or just is (joints,); None while that is not known.
            kept: somebody else has the follower hold it there so far.

        Returns:
            Why the arm must not be moved yet; empty if, for this, it may.
        """
        silence_s = 0.0 if kept else min(self._output.silence_s, changed_s)
        if follower == FOLLOWING and silence_s > LONGEST_SILENCE_S:
            self._output.hush()
            return LEFT_ALONE
        if measured_rad is not None and not (self._output.speaks and obeyed):
            self._output.hold(measured_rad)
        return WAITS.get(follower, "")
