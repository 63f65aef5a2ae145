"""A griffe extension for the API pages: `low, high: of the range` in a docstring becomes one line for each name."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

SECTION = re.compile(r"^(Args|Attributes):\n((?:[ ]{4}.*\n?|\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^[ ]{4}(\w+(?:, \w+)+)(: .*(?:\n[ ]{8}.*)*)", re.MULTILINE)


def split(docstring: str) -> str:
    """The docstring with each combined entry repeated under its names."""

    def repeated(entry: re.Match[str]) -> str:
        return "\n".join(f"    {name}{entry[2]}" for name in entry[1].split(", "))

    return SECTION.sub(lambda section: f"{section[1]}:\n{ENTRY.sub(repeated, section[2])}", docstring)


class CombinedNames(Extension):
    """Applies `split` to every docstring."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """griffe calls it for each object."""
        if obj.docstring:
            obj.docstring.value = split(obj.docstring.value)
