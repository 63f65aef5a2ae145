"""Bars of used limits as HTML; imports core."""

from __future__ import annotations

from math import isnan

from midp_ros.core.arrays import Array
from midp_ros.viewer.limit_use import LimitUse

HIGH, FULL = 0.75, 0.9  # from these shares on a bar is amber, or red
GREEN, AMBER, RED, GREY = "#3a9d5d", "#e0a100", "#d0342c", "#9994"
HEIGHT_PX = 36
MOST = 9.99  # a limit may be zero


def bars(use: LimitUse) -> str:
    """Three groups of bars, a bar for each joint."""
    groups = {"position": use.position, "velocity": use.velocity, "torque": use.torque}
    rows = "".join(_group(name, shares) for name, shares in groups.items())
    return f'<div style="display:flex;gap:10px;padding:4px 12px;font-size:11px">{rows}</div>'


def _group(name: str, shares: Array) -> str:
    columns = "".join(_bar(number, float(share)) for number, share in enumerate(shares, 1))
    return f'<div style="flex:1"><div>{name}</div><div style="display:flex;gap:2px">{columns}</div></div>'


def _bar(number: int, share: float) -> str:
    known = not isnan(share)
    height = round(HEIGHT_PX * min(1.0, share)) if known else 0
    colour = RED if share >= FULL else AMBER if share >= HIGH else GREEN
    title = f"J{number}: {100 * min(share, MOST):.0f} %" if known else f"J{number}: not published"
    return (
        f'<div title="{title}" style="flex:1;height:{HEIGHT_PX}px;background:{GREY};display:flex;align-items:flex-end">'
        f'<div style="width:100%;height:{height}px;background:{colour}"></div></div>'
    )
