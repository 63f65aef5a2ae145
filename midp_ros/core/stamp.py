"""Seconds and nanoseconds; imports nothing."""

from __future__ import annotations

NANOSECONDS = 10**9


def nanoseconds(time_s: float) -> int:
    """Time in whole nanoseconds, rounded once; wall-clock seconds come back unchanged by `seconds`."""
    numerator, denominator = float(time_s).as_integer_ratio()
    return (2 * numerator * NANOSECONDS + denominator) // (2 * denominator)


def seconds(time_ns: int) -> float:
    """Seconds of whole nanoseconds."""
    return time_ns / NANOSECONDS
