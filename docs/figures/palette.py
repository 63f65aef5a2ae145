"""Colours of the documentation's figures on the site's light and dark pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """One page's colours: text, thin lines, soft areas, and three that tell curves apart for colour-blind readers."""

    text: str
    line: str
    area: str
    first: str
    second: str
    third: str


# Curves after Okabe and Ito 2008, "Color Universal Design", lightened for the dark page.
PALETTES = {
    "light": Palette("#24292f", "#8c959f", "#eaeef2", "#0072b2", "#d55e00", "#009e73"),
    "dark": Palette("#e6edf3", "#7d8590", "#2d333b", "#56b4e9", "#ff9248", "#3fd0a5"),
}
