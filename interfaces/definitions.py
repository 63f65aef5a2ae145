"""The definitions of a message package in an ament prefix, where tools look for them; imports nothing of midp_ros."""

from __future__ import annotations

import shutil
from pathlib import Path

SUFFIXES = (".msg", ".srv", ".action")


def definitions(package: Path) -> list[Path]:
    """The definition files of a package, in a fixed order."""
    return sorted(p for p in package.rglob("*") if p.suffix in SUFFIXES)


def install_definitions(package: Path, prefix: Path) -> None:
    """Copies definitions and manifest to `prefix`/share/<package> and enters the package in the prefix's index.

    Args:
        package: a folder of definitions, named as its package.
        prefix: an ament prefix.
    """
    share, index = prefix / "share" / package.name, prefix / "share" / "ament_index" / "resource_index"
    shutil.rmtree(share, ignore_errors=True)
    names = [p.relative_to(package) for p in definitions(package)]
    for name in (Path("package.xml"), *names):
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(package / name, share / name)
    for resource, text in {"packages": "", "rosidl_interfaces": "".join(f"{n}\n" for n in names)}.items():
        (index / resource).mkdir(parents=True, exist_ok=True)
        (index / resource / package.name).write_text(text)
