"""Counts and times of a topic's messages during a subscription; imports core."""

from __future__ import annotations

from typing import Any

from midp_ros.core.stamp import seconds
from midp_ros.doctor.snapshot import Received


class TopicRate:
    """Rate, age and delay from messages' times.

    With DDS's own times of arrival the result does not depend on how often messages are taken.
    """

    def __init__(self) -> None:
        self._messages = 0
        self._first_ns = self._last_ns = 0
        self._ages_s: list[float] = []
        self._delays_s: list[float] = []

    def add(self, sent_ns: int, received_ns: int) -> None:
        """Adds a message: its times of sending by the sender's clock (0: unknown) and of arrival."""
        self._first_ns = self._first_ns or received_ns
        self._last_ns = received_ns
        self._messages += 1
        if sent_ns > 0:
            self._delays_s.append(seconds(received_ns - sent_ns))

    def add_stamp(self, stamp_s: float) -> None:
        """Sets the stamp [s] of the message added last; zero: it has none."""
        if stamp_s:
            self._ages_s.append(seconds(self._last_ns) - stamp_s)

    def received(self, type_hash: str, sample: dict[str, Any]) -> Received:
        """The result, with the last message's fields."""
        span_s = seconds(self._last_ns - self._first_ns)
        return Received(
            type_hash=type_hash,
            messages=self._messages,
            rate_hz=(self._messages - 1) / span_s if span_s > 0 else None,
            age_s=min(self._ages_s, default=None),
            delay_s=min(self._delays_s, default=None),
            sample=sample,
        )
