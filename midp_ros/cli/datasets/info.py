"""`midp data info`: what a set holds, as a table or as JSON; imports data and recording."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from midp_ros.cli.datasets.opening import tell, with_progress
from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.errors import MidpError
from midp_ros.data.motion import Figures, figures
from midp_ros.recording.formats import DemonstrationSet, open_set
from midp_ros.recording.formats.options import ReadOptions

COUNTED = ("task", "source", "operator", "robot", "note", "disturb_m", "disturb_deg")


def show_info(source: Path, options: ReadOptions, as_json: bool) -> None:
    """Prints what a set holds, and which of its episodes cannot be read."""
    damaged: dict[str, str] = {}

    def note(path: Path, e: MidpError) -> None:
        damaged[str(path)] = str(e)

    options = replace(options, damaged=note)
    found = open_set(source, options)
    facts = gather(source, found)
    if damaged:
        facts["damaged"] = damaged
    if as_json:
        print(json.dumps(facts, sort_keys=True))
        return
    console, table = plain_console(), Table("", "", show_header=False)
    for name, value in _lines(facts):
        table.add_row(name, value)
    console.print(table)
    console.print(_entries(found.contract))
    tell(found.remarks)
    tell(damaged.values())
    if damaged:
        more = f"{len(damaged)} of {len(found)} episodes cannot be read and are not counted above"
        say(f"{more}; `midp data repair {source}` keeps what can be read of them", "yellow", console)


def gather(source: Path, found: DemonstrationSet) -> dict[str, Any]:
    """Plain data about a set."""
    measured: list[Figures] = []
    outcomes: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
    for demonstration in with_progress(found, "reading"):
        episode = demonstration.episode
        measured.append(figures(episode))
        marked = "success" if episode.success else "failure" if episode.failed else "not marked"
        outcomes[marked] += 1
        for name in COUNTED:
            if (value := episode.info.get(name)) not in (None, ""):
                counts[name][_text(value)] += 1
    durations = [f.duration_s for f in measured]
    contract = found.contract
    return {
        "path": str(source),
        "format": found.format,
        "megabytes": round(_size(source) / 2**20, 2),
        "skill": contract.skill,
        "contract_robot": contract.robot,
        "contract_rate_hz": contract.rate_hz,
        "episodes": len(measured),
        "steps": sum(f.steps for f in measured),
        "duration_s": round(float(np.sum(durations)), 3),
        "episode_s": [round(float(f(durations)), 3) for f in (np.min, np.median, np.max)] if durations else [],
        "rate_hz": [round(float(f([m.rate_hz for m in measured])), 3) for f in (np.min, np.max)] if measured else [],
        "largest_gap_s": round(max((f.largest_gap_s for f in measured), default=0.0), 4),
        "idle_share": round(float(np.mean([f.idle_share for f in measured])), 4) if measured else 0.0,
        "cameras": list(found.cameras),
        "outcomes": dict(outcomes),
        **{name: dict(counter) for name, counter in counts.items() if counter},
    }


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    low, median, high = facts["episode_s"] or (0.0, 0.0, 0.0)
    slowest, fastest = facts["rate_hz"] or (0.0, 0.0)
    rate = f"{slowest:g} Hz" if slowest == fastest else f"{slowest:g} to {fastest:g} Hz"
    length = f"{low:.1f} to {high:.1f} s each, median {median:.1f} s"
    lines = [
        (facts["path"], f"{facts['format']}, {facts['megabytes']:g} MB"),
        ("contract", f"{facts['skill']} at {facts['contract_rate_hz']:g} Hz, robot {facts['contract_robot']}"),
        ("episodes", f"{facts['episodes']} ({_counts(facts['outcomes'])})"),
        ("steps", f"{facts['steps']} in {facts['duration_s']:.0f} s; {length}"),
        ("rate", f"{rate}, largest gap {facts['largest_gap_s']:.3g} s"),
        ("standing still", f"{facts['idle_share']:.0%} of the steps"),
        ("cameras", ", ".join(facts["cameras"]) or "none"),
    ]
    return lines + [(name, _counts(facts[name])) for name in COUNTED if name in facts]


def _text(value: Any) -> str:
    return f"times {value:g}" if isinstance(value, float) else str(value).partition("[")[0]


def _counts(counts: dict[str, int]) -> str:
    shown = sorted(counts.items(), key=lambda item: -item[1])
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return ", ".join(f"{count} {name}" for name, count in shown[:5]) + more


def _entries(contract: Contract) -> Table:
    table = Table("", "entry", "size", "unit", "frame", "topic or sink")
    for kind, entries in (("observation", contract.observation), ("action", contract.action)):
        for e in entries:
            table.add_row(kind, e.name, str(e.size), e.unit, e.frame, _place(e))
    return table


def _place(entry: Entry) -> str:
    return entry.sink or " ".join(filter(None, (entry.topic, entry.field)))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
