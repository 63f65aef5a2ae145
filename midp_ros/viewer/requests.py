"""What a person asks for on the page, as plain data; imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Press:
    """A button of a node's service.

    Attributes:
        node: name of the node, e.g. `policy`.
        service: e.g. `stop`.
    """

    node: str
    service: str


@dataclass(frozen=True)
class Note:
    """A text for the recorder."""

    text: str


Request = Press | Note
