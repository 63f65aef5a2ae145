"""A control step waits a little for observations that have only just come; imports nothing.

due                        latest
 |-------- patience --------|
      x    x   x -> runs            x: a message on a topic
"""

from __future__ import annotations

from collections.abc import Iterable

PATIENCE_S = 0.012  # a little more than the period of 100 Hz, at which robot and stand-in publish at the least
LOOK_S = 0.001  # between two looks at the topics


def patience(step_s: float) -> float:
    """How long a step may wait [s], for steps of a length: never more than half of it."""
    return min(PATIENCE_S, step_s / 2)


class ObservationGate:
    """One step that is due.

    Args:
        awaited: topics. Worth waiting for is one that publishes so often that a message is to be expected within the
            patience: a gripper at 15 Hz is not.
        latest_s: when the step has to run in any case [s].
    """

    def __init__(self, awaited: Iterable[str], latest_s: float):
        self._awaited, self._latest_s = set(awaited), latest_s

    def ready(self, arrived: Iterable[str], time_s: float) -> bool:
        """Whether it is to run at this time.

        Args:
            arrived: the topics with a message since this was last asked, or since it became due.
        """
        self._awaited.difference_update(arrived)
        return not self._awaited or time_s >= self._latest_s
