"""A message that was sent to a controller, and what became of it; imports core."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from midp_ros.core.joint_trajectory import JointTrajectory


class Fate(Enum):
    """What became of the last message, or of the controller."""

    RUNS = "it runs"
    LOST = "it never arrives, or is refused"
    REPLACED = "the controller runs something that was not sent from here"


@dataclass(frozen=True)
class News:
    """A change of what the controller runs.

    Attributes:
        trajectory: what it runs, on the controller's time; None where that is not known, or is a hold.
        later_s: how much later that began than planned [s].
    """

    fate: Fate
    trajectory: JointTrajectory | None = None
    later_s: float = 0.0


@dataclass(frozen=True, eq=False)  # arrays have no equality
class SentMessage:
    """A message as it was sent.

    Attributes:
        stamp_s: by which its trajectory is known; of one that starts on arrival, its first point's time [s].
        before_s: from then on it differs from what ran when it was sent [s].
        harmless_s: from then on it has no effect, if it has had none before [s].
        copies: how often it was sent once more.
    """

    trajectory: JointTrajectory
    stamp_s: float
    on_arrival: bool
    sent_s: float
    before_s: float
    harmless_s: float
    probes: bool
    copies: int = 0

    def after_outage(self, outage_s: float, least_s: float) -> SentMessage:
        """The same after an outage [s], in which it has not come nearer; once it has ended, it is refused.

        Outages add up, so that a message whose controller's states fail to come now and then is given up, too.

        Args:
            least_s: until when it may come at least [s].
        """
        open_s = max(self.harmless_s + outage_s, least_s)
        end_s = open_s if self.on_arrival else min(open_s, float(self.trajectory.time_s[-1]))
        return replace(self, harmless_s=max(self.harmless_s, end_s))
