"""Entry points: the names that installed packages bring to a group; imports the standard library only.

A package declares them in its own pyproject.toml or setup.py (https://packaging.python.org/specifications/entry-points).
Nothing of a package is imported until one of its names is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from midp_ros.core.errors import MidpError


class EntryPointError(MidpError):
    """A name that cannot be used: its package fails to import, or two packages bring the same name."""


@dataclass(frozen=True)
class Offer:
    """A name and where to find what it stands for.

    Attributes:
        kind: what it is of, e.g. `task`.
        target: `module:attribute`, or `module` alone.
        package: the distribution that brings it.
    """

    kind: str
    name: str
    target: str
    package: str

    def load(self) -> Any:
        """The object; raises EntryPointError with package, module and exception."""
        module, _, attributes = self.target.partition(":")
        try:
            found = import_module(module)
            for attribute in filter(None, attributes.split(".")):
                found = getattr(found, attribute)
        except Exception as e:  # another package's code may raise anything
            raise self._failure(module, e) from e
        return found

    def folder(self) -> Path:
        """The folder of the target's package; of the package itself nothing is imported, only of its parents."""
        module = self.target.partition(":")[0]
        try:
            spec = find_spec(module)
        except Exception as e:
            raise self._failure(module, e) from e
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not places:
            raise EntryPointError(f"{self}: module {module} is not a package with a folder")
        return Path(places[0])

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r} of package {self.package!r}"

    def _failure(self, module: str, error: Exception) -> EntryPointError:
        reason = str(error).strip().splitlines() or [""]
        return EntryPointError(f"{self}: module {module} cannot be loaded: {type(error).__name__}: {reason[0]}")


@cache
def offers(group: str, kind: str) -> tuple[Offer, ...]:
    """What the installed packages bring to a group, by name and package."""
    found = {(e.name, e.dist.name if e.dist else "unknown", e.value) for e in entry_points(group=group)}
    return tuple(Offer(kind, name, target.replace(" ", ""), package) for name, package, target in sorted(found))
