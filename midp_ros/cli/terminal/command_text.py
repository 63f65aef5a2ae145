"""The command line as it was typed, for pages and records; imports the standard library only."""

from __future__ import annotations

import shlex
import sys


def command_text() -> str:
    """E.g. `midp evaluate models/pick.onnx --task pick`."""
    return shlex.join(["midp", *sys.argv[1:]])
