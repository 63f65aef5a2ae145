"""The page of a certificate; imports certify."""

from __future__ import annotations

import json

from midp_ros.certify import Certificate, Stage
from midp_ros.cli.reports.page import Html, Page, bar, code, folded, note, table

SEEDS = (
    "The seeds follow from the model's hash and lie from 1,000,000,000 on, where no recording, training, test or "
    "evaluation has any: the same model meets the same episodes again, a changed one meets others."
)
MARGINS = (
    "The closest approach of any joint in any episode to each limit, by backward differences of the commands at 1 kHz: "
    "1 is the limit."
)


def certificate_page(certificate: Certificate) -> Page:
    """Builds the page."""
    page = Page(
        f"Certificate of {certificate.model}",
        f"skill {certificate.task}, robot {certificate.robot}, {certificate.created}",
    )
    faults = [f"{stage.name}: {fault}" for stage in certificate.stages if stage.run for fault in stage.faults]
    page.verdict([certificate.sentence, *faults], certificate.holds, _tiles(certificate))
    headings = ["stage", "success", "95 % interval", "reflexes", "held [s]", "time [s]", "seeds", ""]
    page.section(
        "Stages", table(headings, [_row(stage) for stage in certificate.stages], numbers=(1, 2, 3, 4, 5)), note(SEEDS)
    )
    if margins := [row for stage in certificate.stages for row in _margins(stage)]:
        columns = ["stage", "limit", "joint", "share", "", "value", "bound", "at [s]", "seed"]
        page.section("Margins", table(columns, margins, numbers=(3, 5, 6, 7, 8)), note(MARGINS))
    if deadlines := [
        [s.name, name.replace("_", " "), f"{v:g}"] for s in certificate.stages for name, v in s.deadlines.items()
    ]:
        page.section("Deadlines", table(["stage", "figure", "value"], deadlines, numbers=(2,)))
    reasons = [[s.name, reason, str(count)] for s in certificate.stages for reason, count in s.failures.items()]
    texts = [[s.name, text, ""] for s in certificate.stages for text in s.exceptions]
    if reasons or texts:
        page.section("What failed", table(["stage", "reason", "episodes"], [*reasons, *texts], numbers=(2,)))
    facts = {"sha256 of the model": certificate.sha256, "command": certificate.command}
    facts |= {f"version: {name}": value for name, value in certificate.versions.items()}
    facts |= {f"machine: {name}": str(value) for name, value in certificate.machine.items()}
    contract = folded("contract", f"<pre>{code(json.dumps(dict(certificate.contract), indent=1))}</pre>")
    page.section(
        "What was certified", table(["", ""], [[name, code(value)] for name, value in facts.items()]), contract
    )
    return page


def _tiles(certificate: Certificate) -> list[tuple[str, str]]:
    run = [stage for stage in certificate.stages if stage.run]
    tiles = [(f"{stage.successes} of {stage.episodes}", stage.name.replace("_", " ")) for stage in run]
    tiles.append((str(sum(stage.reflexes for stage in run)), "reflexes"))
    nearest = max((m for stage in run for m in stage.margins), key=lambda m: m.used, default=None)
    if nearest is not None:
        tiles.append((f"{nearest.used:.0%}", f"of the {nearest.limit} limit, the closest"))
    return tiles


def _row(stage: Stage) -> list[str]:
    if not stage.run:
        return [stage.name, "", "", "", "", "", "", f"not run: {stage.problem}"]
    low, high = stage.interval
    held = "" if stage.held_s is None else f"{stage.held_s:.1f}"
    time_s = "" if stage.mean_time_s is None else f"{stage.mean_time_s:.2f}"
    seeds = f"{stage.seeds[0]} to {stage.seeds[-1]}"
    mark = Html(
        f'<span class="{"no" if stage.faults else "yes"}">{"does not hold" if stage.faults else "holds"}</span>'
    )
    about = Html(f"{mark}<br>{stage.conditions}")
    success = f"{stage.successes} of {stage.episodes}"
    return [stage.name, success, f"{low:.1%} to {high:.1%}", str(stage.reflexes), held, time_s, seeds, about]


def _margins(stage: Stage) -> list[list[str]]:
    return [
        [
            stage.name,
            m.limit,
            m.joint,
            f"{m.used:.3f}",
            bar(m.used),
            f"{m.value:.4g} {m.unit}",
            f"{m.bound:.4g}",
            f"{m.time_s:.3f}",
            str(m.seed),
        ]
        for m in sorted(stage.margins, key=lambda m: -m.used)
    ]
