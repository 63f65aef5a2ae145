"""Plots as SVG in a page, in its colours, light and dark; imports numpy only.

A hundred episodes are drawn in a second and a few hundred kilobytes, and stay sharp at any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (points, 2)
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 8, 30  # around the axes [px]
MOST_POINTS = 240  # of a line
TICKS = 5

STYLE = """
svg.plot { width: 100%; height: auto; display: block; background: transparent; }
svg.plot text { fill: var(--soft); font: 11px system-ui, sans-serif; }
svg.plot .axis { stroke: var(--line); stroke-width: 1; }
svg.plot polyline { fill: none; stroke-width: 1.3; stroke-linejoin: round; }
svg.plot .c0 { stroke: #3b78c4; } svg.plot .c1 { stroke: #d2722c; } svg.plot .c2 { stroke: #3a9a63; }
svg.plot .c3 { stroke: #9a5fb5; } svg.plot .c4 { stroke: #8a8f98; }
svg.plot circle.c0 { fill: #3b78c4; } svg.plot circle.c1 { fill: #d2722c; } svg.plot circle.c2 { fill: #3a9a63; }
svg.plot circle.c3 { fill: #9a5fb5; } svg.plot circle.c4 { fill: #8a8f98; } svg.plot circle { stroke: none; }
svg.plot .dashed { stroke-dasharray: 4 3; } svg.plot .many { stroke-width: 1; opacity: 0.6; }
svg.plot rect.column { fill: var(--bar); } svg.plot polyline:hover { stroke-width: 2.6; opacity: 1; }
.legend { font-size: 13px; color: var(--soft); margin: 4px 0 0; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin: 0 5px 0 12px; }
.strip { display: flex; gap: 4px; overflow-x: auto; margin: 6px 0; } .strip img { height: 84px; border-radius: 4px; }
details.episode { border-top: 1px solid var(--line); padding: 8px 0; }
details.episode summary { color: var(--ink); }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 10px 18px; }
"""
COLOURS = ("#3b78c4", "#d2722c", "#3a9a63", "#9a5fb5", "#8a8f98")


@dataclass(frozen=True)
class Line:
    """A line or, with `dots`, single points; the title is shown where the mouse rests."""

    points: Points
    colour: int = 0
    title: str = ""
    dots: bool = False
    dashed: bool = False
    many: bool = False


def plot(
    lines: Sequence[Line], x_name: str, y_name: str, width: int = 520, height: int = 260, equal: bool = False
) -> str:
    """A plot of lines; with `equal` a metre is as long in both directions."""
    frame = _Frame.around([line.points for line in lines], width, height, equal)
    shapes = "".join(_shape(line, frame) for line in lines)
    return _svg(width, height, frame.axes(x_name, y_name) + shapes)


def histogram(values: Sequence[float], x_name: str, width: int = 520, height: int = 200, bins: int = 24) -> str:
    """How often values occur."""
    finite = np.array([v for v in values if np.isfinite(v)])
    counts, edges = np.histogram(finite, min(bins, max(4, len(set(finite)))))
    corners = np.array([[edges[0], 0.0], [edges[-1], float(counts.max(initial=1))]])
    frame = _Frame.around([corners], width, height, equal=False, margin=0.0)
    bars = []
    for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True):
        (x0, y0), (x1, y1) = frame.place(np.array([[low, float(count)], [high, 0.0]]))
        if not count:
            continue
        title = f"<title>{count} of {low:.4g} to {high:.4g}</title>"
        bars.append(
            f'<rect class="column" x="{x0 + 0.5:.1f}" y="{y0:.1f}" width="{max(x1 - x0 - 1, 1):.1f}" '
            f'height="{max(y1 - y0, 0):.1f}">{title}</rect>'
        )
    return _svg(width, height, frame.axes(x_name, "episodes") + "".join(bars))


def legend(names: Sequence[tuple[str, int]]) -> str:
    """Names with their colours."""
    shown = "".join(f'<i style="background:{COLOURS[colour]}"></i>{escape(name)}' for name, colour in names)
    return f'<p class="legend">{shown}</p>'


@dataclass(frozen=True)
class _Frame:
    low: Points
    high: Points
    width: int
    height: int

    @classmethod
    def around(cls, all_points: list[Points], width: int, height: int, equal: bool, margin: float = 0.04) -> _Frame:
        finite = [p[np.isfinite(p).all(axis=1)] for p in all_points]
        points = np.concatenate([*finite, np.empty((0, 2))])
        if not len(points):
            points = np.array([[0.0, 0.0], [1.0, 1.0]])
        low, high = points.min(0), points.max(0)
        span = np.maximum(high - low, 1e-3 * np.maximum(np.abs(high), 1e-3))
        low, high = low - margin * span, high + margin * span
        if equal:
            pixels = np.array([width - LEFT - RIGHT, height - TOP - BOTTOM])
            unit = float(((high - low) / pixels).max())
            middle = (low + high) / 2
            low, high = middle - unit * pixels / 2, middle + unit * pixels / 2
        else:
            high = np.maximum(high, low + 1e-9)
        return cls(low, high, width, height)

    def place(self, points: Points) -> Points:
        """Pixels of points."""
        share = (points - self.low) / (self.high - self.low)
        across = LEFT + share[:, 0] * (self.width - LEFT - RIGHT)
        down = self.height - BOTTOM - share[:, 1] * (self.height - TOP - BOTTOM)
        return np.stack([across, down], axis=1)

    def axes(self, x_name: str, y_name: str) -> str:
        """Grid, numbers and names."""
        bottom, right, parts = self.height - BOTTOM, self.width - RIGHT, []
        for x in _ticks(self.low[0], self.high[0]):
            ((at, _),) = self.place(np.array([[x, self.low[1]]]))
            parts.append(f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{bottom}"/>')
            parts.append(f'<text x="{at:.1f}" y="{bottom + 13}" text-anchor="middle">{x:.4g}</text>')
        for y in _ticks(self.low[1], self.high[1]):
            ((_, at),) = self.place(np.array([[self.low[0], y]]))
            parts.append(f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
            parts.append(f'<text x="{LEFT - 5}" y="{at + 4:.1f}" text-anchor="end">{y:.4g}</text>')
        middle = (TOP + bottom) / 2
        across = (LEFT + right) / 2
        parts.append(f'<text x="{across}" y="{self.height - 3}" text-anchor="middle">{escape(x_name)}</text>')
        turned = f'transform="rotate(-90 11 {middle})"'
        parts.append(f'<text x="11" y="{middle}" text-anchor="middle" {turned}>{escape(y_name)}</text>')
        return "".join(parts)


def _shape(line: Line, frame: _Frame) -> str:
    points = frame.place(line.points)
    title = f"<title>{escape(line.title)}</title>" if line.title else ""
    if line.dots:
        return "".join(
            f'<circle class="c{line.colour}" cx="{x:.1f}" cy="{y:.1f}" r="3">{title}</circle>' for x, y in points
        )
    if len(points) > MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(int)]
    kinds = f"c{line.colour}{' dashed' if line.dashed else ''}{' many' if line.many else ''}"
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kinds}" points="{places}">{title}</polyline>'


def _ticks(low: float, high: float) -> list[float]:
    step = 10.0 ** np.floor(np.log10((high - low) / TICKS))
    step = next(step * factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= TICKS + 1)
    first = np.ceil(low / step) * step
    return [float(np.round(x, 10)) + 0.0 for x in np.arange(first, high + 1e-9 * step, step)]


def _svg(width: int, height: int, content: str) -> str:
    return f'<svg class="plot" viewBox="0 0 {width} {height}" role="img">{content}</svg>'
