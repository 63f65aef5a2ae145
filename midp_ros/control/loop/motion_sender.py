"""Motion sender: sends motions, their remainders and stops as far as the delivery allows; imports core.

Called with the loop's lock held.
"""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.control.loop.command_sink import CommandSink
from midp_ros.control.loop.commanded_motion import CommandedMotion
from midp_ros.control.loop.commands import Commands
from midp_ros.control.loop.delivery import Delivery
from midp_ros.control.loop.plan import PlanningError
from midp_ros.control.shaping.command_shaper import CommandShaper

ATTEMPTS = 3  # at a motion or a stop that takes over in time


class MotionSender:
    """Keeps motion and delivery in step with what is sent.

    Args:
        shaper: whose limits a stop keeps to.
        clock: the present time [s].
        failed: receives why a remainder could not be worked out.
    """

    def __init__(
        self,
        motion: CommandedMotion,
        delivery: Delivery,
        sink: CommandSink,
        shaper: CommandShaper,
        clock: Callable[[], float],
        failed: Callable[[str], None],
    ):
        self.motion, self.delivery, self.sink = motion, delivery, sink
        self._shaper, self._clock, self._failed = shaper, clock, failed
        self.reset()

    def reset(self) -> None:
        """No stop is due."""
        self._stop_due = False

    def deliver(self, commands: Commands) -> bool:
        """Sends a trajectory in place of the running one, unless it is too late for that."""
        commands = self.delivery.stamped(commands)
        sent = self.sink.deliver(commands)
        if sent and commands.trajectory is not None:
            self.delivery.sent(commands, self._clock())
            if not commands.probes:
                self.motion.sent(commands.trajectory)
        return sent

    def again(self, time_s: float) -> None:
        """Sends a motion once more that has not arrived, where that is harmless."""
        if (copy := self.delivery.again(time_s)) is not None:
            self.sink.deliver(copy)

    def go_on(self, ahead_s: float) -> None:
        """Sends the remainder of the motion where the head goes to rest less than `ahead_s` from now."""
        time_s = self._clock()
        if not self.delivery.open(time_s) or (remainder := self.motion.due_remainder(time_s, ahead_s)) is None:
            return
        try:
            whole = remainder()
        except PlanningError as e:
            self._failed(str(e))  # what was sent goes to rest
            return
        if (rest := self.motion.rest_of(whole, self._clock())) is not None:
            self.deliver(rest)

    def stop(self, time_s: float, lead_s: float | None = None) -> None:
        """Brings the arm to rest, now or as soon as a message may be sent; what was sent ends at rest, too.

        Args:
            lead_s: from now to where it begins; None: as long as planning a motion takes [s].
        """
        self._stop_due = True
        self.stop_if_due(time_s, lead_s)

    def stop_if_due(self, time_s: float, lead_s: float | None = None) -> None:
        """Sends a stop that has waited until a message may be sent."""
        if not self._stop_due or not self.delivery.open(time_s):
            return
        for _ in range(ATTEMPTS):  # one that comes too late is not sent; the head that was sent goes to rest by itself
            stop = self.motion.stop(time_s, self._shaper.limits, self._shaper.period_s, lead_s)
            if stop is None or self.deliver(stop):
                break
            time_s = self._clock()
        self.motion.moving = self._stop_due = False
