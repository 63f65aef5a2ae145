"""When something periodic is due; imports nothing."""

from __future__ import annotations


class Deadlines:
    """Deadlines on one grid for ever. Those that pass while something is late are left out, so that it never hurries.

    Args:
        period_s: between two deadlines [s].
        first_s: the first one [s].
    """

    def __init__(self, period_s: float, first_s: float):
        self._period_s, self._first_s, self._count = period_s, first_s, 0
        self._skipped_s = first_s

    @property
    def next_s(self) -> float:
        """The deadline to wait for [s]."""
        return self._first_s + self._count * self._period_s

    def skip(self, time_s: float) -> None:
        """Nothing was due before the last deadline up to a time [s]."""
        self._count = max(self._count, int((time_s - self._first_s) / self._period_s))
        self._skipped_s = time_s

    def done(self, time_s: float) -> int:
        """What was due at `next_s` is done at a time [s]; returns for how many whole periods it was due meanwhile."""
        missed = self._periods_since(max(self.next_s, self._skipped_s), time_s)
        self._count += 1 + self._periods_since(self.next_s, time_s)
        return missed

    def _periods_since(self, earlier_s: float, time_s: float) -> int:
        return max(0, int((time_s - earlier_s) / self._period_s))
