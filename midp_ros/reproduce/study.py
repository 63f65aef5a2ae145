"""A study: what a text claims, the measurements that judge it, and what its page shows; imports the standard library.

A module of a study ends with the object that the registry names:

    STUDY = Study("reach_claim", "Reaching", "A. Author, 2024", "The claim, as the text states it.", parts, page)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Report = Callable[[int, int, str], None]
"""Called by a part's work while it runs: how much is done, of how much, and what it is, e.g. `training steps`."""
Results = Mapping[str, Any]
"""What the finished parts found, by the part's name: plain data, as JSON gives it back (lists, no tuples)."""


@dataclass(frozen=True)
class Part:
    """One measurement of a study, run at once and kept as one file.

    Attributes:
        name: a file's name without suffix, e.g. `bc_seed_0`.
        settings: all that the result depends on, defaults included (`trials.described`), plain data: a kept result with
            other settings is not used; a new key that is off makes no others. A part that builds on another one's files
            repeats that one's settings.
        work: does it, and returns the result as plain data. Arguments: a Report, and the folder for what is too large
            for a result (recordings, checkpoints, models), which all parts of the study share, and which may have been
            emptied since an earlier part ran. Other parts may be at work in other processes.
        after: the part whose files it uses, and beside which it is not run; '': none.
    """

    name: str
    settings: dict[str, Any]
    work: Callable[[Report, Path], Any]
    after: str = ""


@dataclass(frozen=True)
class Table:
    """A table, for the page and for the terminal; a row has one text for each heading."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figure:
    """A picture that lies in the study's folder, e.g. `followed.png`, and what it shows."""

    file: str
    caption: str


@dataclass(frozen=True)
class Page:
    """What a study found.

    Attributes:
        run: what was run, in Markdown.
        found: figures, tables, and between them Markdown.
        verdict: whether the claim holds here, in Markdown.
    """

    run: str
    found: Sequence[str | Table | Figure]
    verdict: str


@dataclass(frozen=True)
class Study:
    """A text's claim, and how it is judged.

    Attributes:
        name: in the registry, and of the folder docs/results/NAME.
        source: of the claim: authors, title, year.
        claim: as the text states it, in Markdown; its numbers are the text's.
        parts: all measurements, in the order in which they are run; the argument asks for the quick form, which takes
            at most ten minutes on two cores.
        page: from the results, the study's folder, into which it draws its figures, and whether this is the quick form.
            Results of parts that are not done are missing; it is not called without any.
    """

    name: str
    title: str
    source: str
    claim: str
    parts: Callable[[bool], Sequence[Part]]
    page: Callable[[Results, Path, bool], Page]
