"""Jumps of a clock; imports nothing."""

from __future__ import annotations

from collections.abc import Mapping

FASTEST = 5.0  # seconds of a simulation's time per second of real time
NOTICEABLE_S = 0.5


class ClockWatch:
    """Compares a clock that may jump, as /clock and a wall clock that is set do, with one that cannot.

    A clock that stands still, as a paused simulation's, has not jumped.
    """

    def __init__(self) -> None:
        self._before: tuple[float, float] | None = None

    def look(self, time_s: float, steady_s: float) -> float:
        """By how much the clock has jumped since the last look [s]; 0 if it has not.

        Args:
            time_s: of the clock.
            steady_s: of the clock that cannot jump.
        """
        before, self._before = self._before, (time_s, steady_s)
        if before is None:
            return 0.0
        passed_s, most_s = time_s - before[0], FASTEST * (steady_s - before[1]) + NOTICEABLE_S
        return 0.0 if 0.0 <= passed_s <= most_s else passed_s


class StampWatch:
    """Notices by a sender's stamps that its clock was set back: a stamp means another time then.

    That it lags behind, as after a pause, and catches up is no jump.
    """

    def __init__(self) -> None:
        self._before: dict[str, float] = {}

    def look(self, times_s: Mapping[str, float]) -> float:
        """By how much clocks have been set back since the last look [s], as a negative number; 0 if they have not.

        Args:
            times_s: of the newest messages, by name.
        """
        before, self._before = self._before, dict(times_s)
        jump_s = min((t - before[name] for name, t in times_s.items() if name in before), default=0.0)
        return jump_s if jump_s < -NOTICEABLE_S else 0.0
