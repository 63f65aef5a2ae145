"""A module's own view of the clock; the process's stays, as threads of other tests live by it."""

import time
from types import SimpleNamespace


def own_time(monkeypatch, module, **changed):
    """Gives a module a `time` in which some functions are changed."""
    monkeypatch.setattr(module, "time", SimpleNamespace(**{**vars(time), **changed}))
