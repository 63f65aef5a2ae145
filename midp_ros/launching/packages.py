"""Files and executables of packages, by the ament index first, then by Python; imports nothing of midp_ros."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata, util
from pathlib import Path

from midp_ros.launching.errors import LaunchError


def find_share(package: str, known: Mapping[str, Path]) -> Path:
    """The share folder of a package: from `known`, else by the ament index, else beside the Python package.

    Raises:
        LaunchError: no such package is installed.
    """
    if package in known:
        return known[package]
    for folder in _share_candidates(package):
        if (folder / "package.xml").is_file():
            return folder
    raise LaunchError(f"package {package!r} is not installed: it is neither in AMENT_PREFIX_PATH nor in this Python")


def _share_candidates(package: str) -> Iterator[Path]:
    for prefix in _ament_prefixes():
        yield prefix / "share" / package
    spec = util.find_spec(package)
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).resolve().parent
        yield folder.parent  # a checkout
        yield from (ancestor / "share" / package for ancestor in list(folder.parents)[:5])
    yield Path(sys.prefix) / "share" / package


def find_executable(package: str, name: str) -> list[str]:
    """The command that starts an executable of a package.

    Raises:
        LaunchError: there is none of that name; the message lists those that there are.
    """
    known: set[str] = set()
    try:
        scripts = [e for e in metadata.distribution(package).entry_points if e.group == "console_scripts"]
    except metadata.PackageNotFoundError:
        scripts = []
    for script in scripts:
        if script.name != name:
            known.add(script.name)
            continue
        beside = Path(sys.executable).parent / name
        if beside.is_file():
            return [sys.executable, str(beside)]
        module, _, function = script.value.partition(":")
        return [sys.executable, "-c", f"import sys; from {module} import {function} as main; sys.exit(main())"]
    for prefix in _ament_prefixes():
        folder = prefix / "lib" / package
        if os.access(folder / name, os.X_OK) and (folder / name).is_file():
            return [str(folder / name)]
        if folder.is_dir():
            known |= {p.name for p in folder.iterdir() if os.access(p, os.X_OK)}
    if not known:
        raise LaunchError(f"package {package!r} is not installed, or has no executables")
    raise LaunchError(f"package {package!r} has no executable {name!r}; known: {', '.join(sorted(known))}")


def _ament_prefixes() -> list[Path]:
    return [Path(p) for p in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if p]
