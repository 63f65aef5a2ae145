"""Registries: names that this package and others give a meaning to; imports the standard library only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from midp_ros.core.errors import FileFormatError, MidpError, UnknownNameError
from midp_ros.core.package_files import PACKAGE, package_path
from midp_ros.core.seams.entry_points import EntryPointError, Offer, offers


class Registry(Collection[str]):
    """The names of one kind: the built-in ones, and those of an entry-point group. As a collection: its names.

    Args:
        group: of the entry points, e.g. `midp_ros.tasks`.
        kind: what a name stands for, in messages, e.g. `task`.
        built_in: this package's own names and where each is found, `module:attribute`.
    """

    def __init__(self, group: str, kind: str, built_in: Mapping[str, str] | None = None):
        self.group, self.kind = group, kind
        self._built_in = built_in or {}

    def offers(self) -> list[Offer]:
        """Every offer: the built-in ones first; a name that two packages bring is there twice."""
        return [*self._own(), *offers(self.group, self.kind)]

    def find(self, name: str) -> Offer:
        """The offer of a name.

        Raises:
            UnknownNameError: lists the known names, each foreign one with its package.
            EntryPointError: two packages bring the name.
        """
        found = [offer for offer in self.offers() if offer.name == name]
        if not found:
            raise UnknownNameError(self.kind, name, self.labels())
        if len(found) > 1:
            packages = " and ".join(repr(offer.package) for offer in found)
            raise EntryPointError(f"{self.kind} {name!r} is brought by packages {packages}: uninstall or rename one")
        return found[0]

    def load(self, name: str) -> Any:
        """What a name stands for; raises as `find`, and EntryPointError where its package fails to import."""
        offer = self.find(name)
        try:
            return offer.load()
        except EntryPointError as e:
            # What our own modules lack, the command line has a remedy for.
            raise (e.__cause__ if offer.package == PACKAGE and e.__cause__ else e) from None

    def made(self, key: str, name: str, make: Callable[[Any], Any]) -> Any:
        """What `make` makes of what a name stands for.

        Args:
            key: of the configuration that has the name, for the message.

        Raises:
            UnknownNameError: lists the known names.
            EntryPointError: the name's package fails to import, or its code does not run.
        """
        try:
            found = self.load(name)
        except UnknownNameError as e:
            raise UnknownNameError(key, name, self.labels()) from e
        try:
            return make(found)
        except MidpError:
            raise
        except Exception as e:  # another package's code may raise anything
            reason = (str(e).strip().splitlines() or [""])[0]
            raise EntryPointError(f"{self.find(name)} does not run: {type(e).__name__}: {reason}") from e

    def labels(self) -> list[str]:
        """The names, sorted, a foreign one with its package: `stack (my_tasks)`."""
        own = {offer.name: offer.name for offer in self._own()}
        foreign = {o.name: f"{o.name} ({o.package})" for o in offers(self.group, self.kind)}
        return [label for _, label in sorted({**foreign, **own}.items())]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({offer.name for offer in self.offers()}))

    def __len__(self) -> int:
        return len({offer.name for offer in self.offers()})

    def __contains__(self, name: object) -> bool:
        return any(offer.name == name for offer in self.offers())

    def _own(self) -> list[Offer]:
        return [Offer(self.kind, name, target, PACKAGE) for name, target in self._built_in.items()]


class FileRegistry(Registry):
    """Names that stand for YAML files: in a folder of this package, or in the folder of an entry point's package.

    An entry point `stack = my_tasks.contracts` of the group stands for contracts/stack.yaml of the package `my_tasks`.

    Args:
        folder: of this package, e.g. `contracts` for config/contracts.
    """

    def __init__(self, group: str, kind: str, folder: str):
        super().__init__(group, kind)
        self._folder = folder

    def path(self, name: str | Path) -> Path:
        """The file of a name, or the path itself where it is one; raises as `find`, and FileFormatError if missing."""
        if is_path(name):
            return Path(name).expanduser()
        offer = self.find(str(name))
        folder = package_path("config", self._folder) if offer.package == PACKAGE else offer.folder()
        path = folder / f"{offer.name}.yaml"
        if not path.is_file():
            raise FileFormatError(f"{offer}: there is no file {path}")
        return path

    def load(self, name: str) -> Path:
        """The file of a name."""
        return self.path(name)

    def _own(self) -> list[Offer]:
        names = sorted(p.stem for p in package_path("config", self._folder).glob("*.yaml"))
        return [Offer(self.kind, name, f"config/{self._folder}/{name}.yaml", PACKAGE) for name in names]


def is_path(name: str | Path) -> bool:
    """Whether this is a YAML file's path rather than a name."""
    return isinstance(name, Path) or name.endswith((".yaml", ".yml")) or "/" in name
