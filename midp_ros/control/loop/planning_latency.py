"""Planning latency: how far ahead a change of the running motion has to be planned; imports nothing."""

from __future__ import annotations

from collections import deque

REMEMBERED = 20
FIRST_S = 0.05  # for either, before the first measurement: a motion begins at rest, where waiting costs little
LONGEST_S = 1.0  # a longer duration is a clock that jumped
RESERVE = 1.5  # the next one may take longer than any of those before


class PlanningLatency:
    """The time that planning and sending a motion took lately, with a reserve.

    A change that reaches the arm after the moment for which it was planned is a step, and trips a reflex.

    Args:
        least_s: the least of both together [s]; 0 where time stands still meanwhile.
    """

    def __init__(self, least_s: float):
        self._least_s = least_s
        self._planning_s: deque[float] = deque(maxlen=REMEMBERED)
        self._sending_s: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def sending_s(self) -> float:
        """The time that sending needs once a motion is planned [s]."""
        return self._expected_s(self._sending_s)

    @property
    def total_s(self) -> float:
        """The time from the beginning of planning to the effect [s]."""
        return self._expected_s(self._planning_s) + self.sending_s

    def planned(self, duration_s: float) -> None:
        """Adds the duration of planning a motion [s]."""
        self._note(self._planning_s, duration_s)

    def sent(self, duration_s: float) -> None:
        """Adds the duration of sending a motion [s]."""
        self._note(self._sending_s, duration_s)

    def _note(self, lately_s: deque[float], duration_s: float) -> None:
        if 0.0 <= duration_s <= LONGEST_S:
            lately_s.append(duration_s)

    def _expected_s(self, lately_s: deque[float]) -> float:
        if self._least_s == 0.0:
            return 0.0
        return max(self._least_s / 2, RESERVE * max(lately_s) if lately_s else FIRST_S)
