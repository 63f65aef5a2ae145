"""Between diagnostic messages and what a loop says of itself. Imports control and conversions."""

from __future__ import annotations

from collections.abc import Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from midp_ros.control import RunnerStatus, State
from midp_ros.nodes.ros.conversions import stamp_from_seconds

LEVELS = {"ok": DiagnosticStatus.OK, "warn": DiagnosticStatus.WARN, "error": DiagnosticStatus.ERROR}


def status_message(name: str, level: str, summary: str, values: Mapping[str, object]) -> DiagnosticStatus:
    """A diagnostic status; level is `ok`, `warn` or `error`."""
    pairs = [KeyValue(key=key, value=_text(value)) for key, value in values.items()]
    return DiagnosticStatus(level=LEVELS[level], name=name, message=summary, values=pairs)


def runner_status_message(name: str, status: RunnerStatus, more: Mapping[str, object]) -> DiagnosticStatus:
    """How a policy's loop stands, with more values of the node's."""
    values: dict[str, object] = {
        "state": status.state.value,
        "hold_reason": status.reason,
        "observation_age_s": status.age_s,
        "chunk_latency_s": status.latency_s,
        "chunks": status.chunks,
        "contact_stops": status.contact_stops,
        "late_delivery": status.late,
        **more,
    }
    running = status.state is State.RUNNING
    return status_message(name, "ok" if running else "warn", status.reason or "running", values)


def diagnostics_message(status: DiagnosticStatus, time_s: float) -> DiagnosticArray:
    """A status as /diagnostics carries it."""
    message = DiagnosticArray(status=[status])
    message.header.stamp = stamp_from_seconds(time_s)
    return message


def values_from_status(message: DiagnosticStatus) -> dict[str, str]:
    """The status' keys and values."""
    return {pair.key: pair.value for pair in message.values}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(float(value)) if isinstance(value, float) else str(value)
