"""Errors that a user can act on; imports nothing."""

from __future__ import annotations

from collections.abc import Iterable


class MidpError(Exception):
    """Base of every error that the command line prints without a traceback."""


class UnknownNameError(MidpError):
    """A name that is not among the known ones; the message lists those."""

    def __init__(self, kind: str, name: object, known: Iterable[str]):
        known = sorted(known)
        super().__init__(f"unknown {kind} {name!r}; known: {', '.join(known)}{nearest(name, known)}")


def nearest(name: object, known: Iterable[str]) -> str:
    """The end of an unknown name's error: `; did you mean 'pick'?`, or nothing where no known name is like it."""
    from difflib import get_close_matches  # only a mistake costs this import

    found = get_close_matches(str(name), [each.partition(" ")[0] for each in known], n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


class ContractError(MidpError):
    """A contract file that is incomplete or contradicts itself."""


class ContractMismatchError(MidpError):
    """Two contracts that must agree do not; the message names the first difference."""


class FileFormatError(MidpError):
    """A file that is missing, damaged or of another kind."""


class ObservationError(MidpError):
    """An observation that must not be acted on: missing, reordered beyond repair, not finite or stale."""


class CommandError(MidpError):
    """A command that must not be followed; the arm keeps doing what it did."""


class OutputError(MidpError):
    """A file that cannot be written: a full disk, a missing permission."""


class BusyError(MidpError):
    """A folder into which another process writes."""


class RecordingError(MidpError):
    """An episode that could not be recorded: a full disk, a missing permission, steps out of turn."""
