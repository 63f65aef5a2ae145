"""Figures of one topic's messages while they are recorded; imports the standard library only."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from midp_ros.core.stamp import NANOSECONDS

STAMP = struct.Struct("<iI")  # of a header at the start of a message, behind the four bytes that name the encoding
STAMP_OFFSET = 4


@dataclass
class TopicFigures:
    """Counts a topic's messages, and what is missing among them.

    Attributes:
        stamped: whether the messages begin with a header.
        count: messages.
        lost: numbers of publications that never came; of one publisher. None where there are several.
        largest_gap_ns: between two messages, and from the last one to the end.
        skew_ns: smallest and largest time from the header's stamp to reception.
    """

    stamped: bool
    count: int = 0
    lost: int | None = 0
    largest_gap_ns: int = 0
    smallest_skew_ns: int = 1 << 62
    largest_skew_ns: int = -(1 << 62)
    backwards: int = 0
    _first_ns: int = 0
    _last_ns: int = 0
    _sequence: int = 0

    def add(self, sequence: int, log_ns: int, data: bytes) -> None:
        """Takes a message in the order of reception."""
        if self.count:
            gap_ns = log_ns - self._last_ns
            if gap_ns > self.largest_gap_ns:
                self.largest_gap_ns = gap_ns
            elif gap_ns < 0:
                self.backwards += 1
            if self.lost is not None and sequence > self._sequence > 0:
                self.lost += sequence - self._sequence - 1
        else:
            self._first_ns = log_ns
        self.count += 1
        self._last_ns, self._sequence = log_ns, sequence
        if self.stamped:
            sec, nanosec = STAMP.unpack_from(data, STAMP_OFFSET)
            if sec or nanosec:
                skew_ns = log_ns - sec * NANOSECONDS - nanosec
                self.smallest_skew_ns = min(self.smallest_skew_ns, skew_ns)
                self.largest_skew_ns = max(self.largest_skew_ns, skew_ns)

    def silence_s(self, now_ns: int) -> float:
        """Time since the last message [s]; infinite without one."""
        return (now_ns - self._last_ns) / NANOSECONDS if self.count else float("inf")

    def plain(self, end_ns: int) -> dict[str, float | int]:
        """As plain data for an episode's info.

        Args:
            end_ns: when the recording ended.
        """
        if not self.count:
            return {"count": 0}
        figures: dict[str, float | int] = {"count": self.count}
        if self.count > 1 and self._last_ns > self._first_ns:
            figures["rate_hz"] = round((self.count - 1) * NANOSECONDS / (self._last_ns - self._first_ns), 2)
        figures["largest_gap_s"] = round(max(self.largest_gap_ns, end_ns - self._last_ns) / NANOSECONDS, 4)
        if self.lost is not None:
            figures["lost"] = self.lost
        if self.backwards:
            figures["backwards"] = self.backwards
        if self.largest_skew_ns >= self.smallest_skew_ns:
            figures["smallest_skew_s"] = round(self.smallest_skew_ns / NANOSECONDS, 4)
            figures["largest_skew_s"] = round(self.largest_skew_ns / NANOSECONDS, 4)
        return figures
