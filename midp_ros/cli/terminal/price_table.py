"""The price tag of the past as a table; imports rich."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from midp_ros.cli.terminal.console import say

if TYPE_CHECKING:
    from midp_ros.learning.monitoring.price_tag import PriceTag

HEADINGS = ("entry", "past [nat]", "share", "costs")


def price_rows(tag: PriceTag) -> list[list[str]]:
    """Rows below HEADINGS: each entry, the dearest first; what it costs is in units of the denoising error."""
    return [[e.name, f"{e.nat:.3f}", f"{e.share:.0%}", f"{tag.price * e.nat:.4f}"] for e in tag.entries]


def print_price_tag(tag: PriceTag, console: Console, denoising_error: float = math.nan) -> None:
    """The table, and what it says.

    Args:
        denoising_error: of the training, beside which the costs can be judged; NaN: not shown.
    """
    table = Table(*HEADINGS, title="price tag of the past", title_justify="left")
    for row in price_rows(tag):
        table.add_row(*row)
    console.print(table)
    for sentence in tag.sentences:
        say(sentence, console=console)
    if not math.isnan(denoising_error):
        costs = f"together {tag.nat:.3f} nat, which cost {tag.price * tag.nat:.4f}"
        say(f"{costs} beside a denoising error of {denoising_error:.4f}", console=console)
