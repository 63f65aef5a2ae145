"""What a driver and the recorder report, as HTML; imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

GOOD, HELD, IDLE = "#3a9d5d", "#d0342c", "#888"
STYLE = "padding:2px 12px;font-size:12px;line-height:1.5"


def driver_text(values: Mapping[str, str]) -> str:
    """State, reason and figures of a policy out of its diagnostics."""
    state = values.get("state", "not running")
    colour = {"running": GOOD, "not running": IDLE}.get(state, HELD)
    rows = [
        ("robot", values.get("robot_mode", "")),
        ("observation", _scaled(values, "observation_age_s", 1e3, "ms old")),
        ("chunks", _scaled(values, "chunk_rate_hz", 1.0, "Hz")),
        ("chunk p50 / p99", _pair(values, "chunk_latency_p50_s", "chunk_latency_p99_s")),
    ]
    return _block(state, colour, values.get("hold_reason", ""), rows)


def question_text(question: str) -> str:
    """What a deployment asks the operator."""
    return _block(f"{question}?", HELD, "", [])


def recorder_text(status: Mapping[str, object]) -> str:
    """State, counts and warnings of the recorder out of its status."""
    state = str(status.get("state", "not running"))
    colour = {"recording": HELD, "deciding": "#e0a100"}.get(state, IDLE)
    names = ("episode", "seconds", "kept", "discarded", "label", "free_disk_mb")
    rows = [(name.replace("_", " "), _short(status[name])) for name in names if status.get(name) not in (None, "")]
    warnings = status.get("warnings") or ()
    listed = [warnings] if isinstance(warnings, str) else warnings if isinstance(warnings, Sequence) else ()
    return _block(state, colour, "; ".join(map(str, listed)), rows)


def _block(state: str, colour: str, reason: str, rows: Sequence[tuple[str, str]]) -> str:
    text = f'<div style="{STYLE}"><b style="color:{colour}">{escape(state)}</b>'
    text += f'<div style="color:{HELD}">{escape(reason)}</div>' if reason else ""
    return text + "".join(f"<div>{escape(n)}: {escape(v)}</div>" for n, v in rows if v) + "</div>"


def _short(value: object) -> str:
    if isinstance(value, bool):  # the label
        return "success" if value else "failure"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _scaled(values: Mapping[str, str], name: str, scale: float, unit: str) -> str:
    number = _number(values.get(name, ""))
    return "" if number is None else f"{scale * number:.1f} {unit}"


def _pair(values: Mapping[str, str], *names: str) -> str:
    numbers = [_number(values.get(name, "")) for name in names]
    return "" if None in numbers else " / ".join(f"{1e3 * n:.1f}" for n in numbers if n is not None) + " ms"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number else None
