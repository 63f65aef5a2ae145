"""The page of a data set: scene, coverage, rates, findings, outliers and every episode; imports data and recording."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path

import numpy as np

from midp_ros.cli.reports.page import Html, Page, bar, note, outcome, table
from midp_ros.cli.reports.svg import COLOURS, STYLE, Line, histogram, legend, plot
from midp_ros.core.arrays import Array
from midp_ros.core.episode import Episode
from midp_ros.data.judgement import Finding, Severity
from midp_ros.data.motion import Figures, position_entry, tool_track
from midp_ros.data.outliers import outliers
from midp_ros.recording.formats.demonstration import Camera

SUCCESS, FAILURE, UNKNOWN = 0, 1, 4  # colours
SHOWN_PICTURES, PICTURE_HEIGHT = 8, 120
MOST_OUTLIERS = 20


@dataclass(frozen=True)
class Shown:
    """An episode on the page.

    Attributes:
        strips: JPEG pictures of each camera, evenly spread.
    """

    episode: Episode
    figures: Figures
    strips: dict[str, list[bytes]]

    @property
    def name(self) -> str:
        """Its file, or its place in the set."""
        return Path(self.episode.name).name

    @property
    def colour(self) -> int:
        """By its outcome."""
        return SUCCESS if self.episode.success else FAILURE if self.episode.failed else UNKNOWN


def data_page(
    title: str, subtitle: str, shown: Sequence[Shown], findings: Sequence[Finding], remarks: Sequence[str]
) -> Page:
    """Builds the page."""
    page = Page(title, subtitle)
    errors = sum(f.severity is Severity.ERROR for f in findings)
    warnings = sum(f.severity is Severity.WARNING for f in findings)
    good = not errors
    sentence = "Nothing in it would harm a training." if good and not warnings else ""
    sentence = sentence or f"{errors} errors and {warnings} warnings; `midp data validate` lists them."
    page.verdict([sentence, *remarks], good, _tiles(shown))
    page.parts.append(f"<style>{STYLE}</style>")
    page.section("Tool paths over the scene", *_scene(shown))
    page.section("Coverage of starts and objects", *_coverage(shown))
    page.section("Lengths, rates and gaps", *_rates(shown))
    page.section("Findings by reason", *_findings(findings, len(shown)))
    page.section("Outcomes", *_outcomes(shown))
    page.section("Unlike the others", *_outliers(shown))
    page.section("Episodes", *(_episode(each) for each in shown))
    return page


def strip(camera: Camera, steps: int) -> list[bytes]:
    """Pictures of an episode, evenly spread, as JPEG."""
    from PIL import Image

    wanted = set(np.linspace(0, steps - 1, min(SHOWN_PICTURES, steps)).round().astype(int).tolist())
    found = []
    for step, picture in enumerate(islice(camera.frames(), steps)):
        if step in wanted:
            image, stream = Image.fromarray(picture), io.BytesIO()
            image.thumbnail((4 * PICTURE_HEIGHT, PICTURE_HEIGHT))
            image.save(stream, "JPEG", quality=80)
            found.append(stream.getvalue())
    return found


def _tiles(shown: Sequence[Shown]) -> list[tuple[str, str]]:
    seconds = sum(s.figures.duration_s for s in shown)
    successes = sum(s.episode.success for s in shown)
    marked = sum(s.episode.success or s.episode.failed for s in shown)
    tiles = [(str(len(shown)), "episodes"), (str(sum(s.figures.steps for s in shown)), "steps")]
    tiles.append((f"{seconds / 60:.1f} min" if seconds > 120 else f"{seconds:.0f} s", "recorded"))
    if marked:
        tiles.append((f"{successes} of {marked}", "marked as success"))
    idle = float(np.mean([s.figures.idle_share for s in shown]))
    return [*tiles, (f"{idle:.0%}", "standing still")]


def _scene(shown: Sequence[Shown]) -> list[str]:
    tracks = [(s, track) for s in shown if (track := tool_track(s.episode)) is not None]
    if not tracks:
        return [note("The set observes no position.")]
    unit = _unit(shown[0].episode)
    views = [("top view", 0, 1)] + ([("side view", 0, 2)] if tracks[0][1].shape[1] == 3 else [])
    pictures = []
    for view, across, up in views:
        lines = [Line(t[:, [across, up]], s.colour, s.name, many=True) for s, t in tracks]
        lines += [Line(t[:1, [across, up]], 2, f"start of {s.name}", dots=True) for s, t in tracks]
        lines += [
            Line(s.episode.column(name)[:1, [across, up]], 3, f"{name} of {s.name}", dots=True)
            for s in shown
            for name in _things(s.episode)
            if up < s.episode.column(name).shape[1]
        ]
        height = shown[0].episode.contract.table_height_m
        if up == 2 and height is not None:
            low, high = (f([f(t[:, across]) for _, t in tracks]) for f in (np.min, np.max))
            lines.append(Line(np.array([[low, height], [high, height]]), 4, "table", dashed=True))
        shape = plot(lines, f"{'xyz'[across]} [{unit}]", f"{'xyz'[up]} [{unit}]", 520, 380, equal=True)
        pictures.append(f"<figure>{shape}<figcaption>{view}, base frame</figcaption></figure>")
    names = [("success", SUCCESS), ("failure", FAILURE), ("not marked", UNKNOWN), ("start", 2), ("objects, goals", 3)]
    return [f'<div class="side">{"".join(pictures)}</div>', legend(names)]


def _coverage(shown: Sequence[Shown]) -> list[str]:
    """First positions of everything that is observed, from above, and their spread."""
    unit, rows, lines, named = _unit(shown[0].episode), [], [], []
    track = position_entry(shown[0].episode.contract.observation)
    seen = [*([track.name] if track else []), *_things(shown[0].episode)]
    for colour, name in enumerate(seen[: len(COLOURS)]):
        firsts = np.array([s.episode.column(name)[0] for s in shown if len(s.episode)])
        spread, low, high = firsts.std(0), firsts.min(0), firsts.max(0)
        rows.append([name, *(f"{a:.3f} to {b:.3f} ({c:.3f})" for a, b, c in zip(low, high, spread, strict=True))])
        lines.append(Line(firsts[:, :2], colour, name, dots=True))
        named.append((name.replace("_", " "), colour))
    if not lines:
        return [note("The set observes no position.")]
    most = max(len(row) for row in rows)
    rows = [row + [""] * (most - len(row)) for row in rows]
    headings = ["at the first step", *(f"{axis} [{unit}] (standard deviation)" for axis in "xyz"[: most - 1])]
    picture = plot(lines, f"x [{unit}]", f"y [{unit}]", 520, 380, equal=True)
    return [f'<div class="side"><figure>{picture}</figure><div>{table(headings, rows)}</div></div>', legend(named)]


def _rates(shown: Sequence[Shown]) -> list[str]:
    contract = shown[0].episode.contract
    durations, rates = [s.figures.duration_s for s in shown], [s.figures.rate_hz for s in shown]
    gap = max(shown, key=lambda s: s.figures.largest_gap_s)
    rows = [
        ["contract's rate", f"{contract.rate_hz:g} Hz"],
        ["rates of the episodes", f"{np.nanmin(rates):.4g} to {np.nanmax(rates):.4g} Hz"],
        ["largest gap", f"{gap.figures.largest_gap_s:.3g} s, in {gap.name}; a step is {contract.step_s:g} s"],
        ["lengths", f"{min(durations):.1f} to {max(durations):.1f} s, median {np.median(durations):.1f} s"],
    ]
    left_out = sum(int(s.episode.info.get("left_out", 0)) for s in shown)
    if left_out:
        rows.append(["steps left out for old observations", str(left_out)])
    figure = f"<figure>{histogram(durations, 'duration [s]')}</figure>"
    return [f'<div class="side">{figure}<div>{table(["", ""], rows)}</div></div>']


def _findings(findings: Sequence[Finding], episodes: int) -> list[str]:
    if not findings:
        return [note("None.")]
    by_reason: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        by_reason.setdefault((finding.severity, finding.reason), []).append(finding)
    order = sorted(by_reason.items(), key=lambda item: (list(Severity).index(item[0][0]), -len(item[1])))
    rows = [
        [severity.value, reason, str(len(found)), bar(len(found) / max(episodes, 1)), found[0].details]
        for (severity, reason), found in order
    ]
    return [table(["", "reason", "findings", "", "the first one"], rows, numbers=[2])]


def _outcomes(shown: Sequence[Shown]) -> list[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for s in shown:
        kind = "success" if s.episode.success else "failure" if s.episode.failed else "not marked"
        failure = s.episode.info.get("failure")
        reason = str(failure.get("reason", "")) if isinstance(failure, dict) else str(failure or "")
        counts[kind, reason or str(s.episode.info.get("note", ""))] += 1
    rows = [[kind, reason, str(n), bar(n / len(shown))] for (kind, reason), n in counts.most_common()]
    return [table(["outcome", "reason or note", "episodes", ""], rows, numbers=[2])]


def _outliers(shown: Sequence[Shown]) -> list[str]:
    found = outliers([s.figures for s in shown])
    if not found:
        return [note("No episode is farther than 5 robust standard deviations from the median.")]
    rows = [
        [shown[o.episode].name, o.figure, f"{o.value:.3g}", f"{o.median:.3g}", f"{o.deviations:+.1f}"]
        for o in found[:MOST_OUTLIERS]
    ]
    more = [note(f"and {len(found) - MOST_OUTLIERS} more")] if len(found) > MOST_OUTLIERS else []
    return [table(["episode", "figure", "value", "median", "robust deviations"], rows, numbers=[2, 3, 4]), *more]


def _episode(shown: Shown) -> str:
    e, f = shown.episode, shown.figures
    mark: str = outcome(e.success) if e.success or e.failed else Html("not marked")
    about = f"{f.steps} steps, {f.duration_s:.1f} s, path {f.path_length:.2f} {_unit(e)}, {f.idle_share:.0%} standing"
    info = ", ".join(f"{k} {v}" for k, v in e.info.items() if k != "segments" and not isinstance(v, (dict, list)))
    strips = "".join(
        f'<div class="strip" title="{escape(name)}">'
        + "".join(f'<img alt="{escape(name)}" src="data:image/jpeg;base64,{base64.b64encode(p).decode()}">' for p in ps)
        + "</div>"
        for name, ps in shown.strips.items()
    )
    plots = "".join(f"<figure>{p}<figcaption>{escape(c)}</figcaption></figure>" for c, p in _plots(e))
    summary = f"<summary><b>{escape(shown.name)}</b> {mark} <span>{escape(about)}</span></summary>"
    return f'<details class="episode">{summary}{note(info)}{strips}<div class="side">{plots}</div></details>'


def _plots(e: Episode) -> list[tuple[str, str]]:
    """Observed and commanded values over time, by entry of the action."""
    seconds, found = e.time_s - e.time_s[0], []
    for entry in e.contract.action:
        lines, acted = [], e.action[:, e.contract.action_slices[entry.name]]
        observed = e.column(entry.name) if entry.name in e.contract.observation_slices else None
        for k in range(min(entry.size, len(COLOURS))):
            name = f"{entry.name}[{k}]"
            if observed is not None and observed.shape == acted.shape:
                lines.append(Line(_over(seconds, observed[:, k]), k, f"{name} observed"))
            lines.append(Line(_over(seconds, acted[:, k]), k, f"{name} commanded", dashed=observed is not None))
        caption = entry.name.replace("_", " ") + (" (commanded: dashed)" if observed is not None else "")
        found.append((caption, plot(lines, "time [s]", f"[{entry.unit}]", 520, 210)))
    return found


def _over(seconds: Array, values: Array) -> Array:
    return np.stack([seconds, values], axis=1)


def _things(episode: Episode) -> list[str]:
    """Observed positions that are not the tool's."""
    track = position_entry(episode.contract.observation)
    entries = episode.contract.observation
    return [e.name for e in entries if e.name.endswith("position") and e.size in (2, 3) and e is not track]


def _unit(episode: Episode) -> str:
    entry = position_entry(episode.contract.observation)
    return entry.unit if entry else "1"
