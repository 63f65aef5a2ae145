"""Builds the message packages that are missing here into the running Python's prefix; needs no root.

    python interfaces/build.py [--force]

On top of the wheels it calls their generators and a C/C++ compiler; where a ROS 2 is sourced, only what that lacks is
built, by its own CMake functions. What was built before is kept as long as definitions, Python and rclpy stay the same.
Either way the definitions lie in an ament prefix: that of the wheels, or <sys.prefix>/ament/<package>.
Imports nothing of midp_ros.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import sysconfig
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from work_folder import work_folder

HERE = Path(__file__).resolve().parent
SITE = Path(sysconfig.get_paths()["platlib"])
STAMP = ".built_by_midp_ros"


def main() -> int:
    """Builds what is missing; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--force", action="store_true", help="build again what is there")
    force = parser.parse_args().force
    if importlib.util.find_spec("rclpy") is None:
        return _fail("rclpy is not installed in this Python; run `make setup`, or source a ROS 2 first")
    sources = sorted(p.parent for p in HERE.glob("*/package.xml"))
    wanted = [s for s in sources if _is_missing(s, force)]
    if not wanted:
        return 0
    if not Path(sysconfig.get_paths()["include"], "Python.h").is_file():
        major, minor = sys.version_info[:2]
        return _fail(f"Python.h is missing; install it: sudo apt install python{major}.{minor}-dev")
    start = time.monotonic()
    print(f"building {', '.join(s.name for s in wanted)} (once) ...", flush=True)
    for left in SITE.glob(".interfaces-*"):  # by an earlier version that was killed
        shutil.rmtree(left, ignore_errors=True)
    with work_folder(Path(sys.prefix)) as work:
        try:
            _on_wheels(wanted, work) if _is_below(SITE, "rclpy") else _on_sourced(wanted, work)
        except Exception as e:
            return _fail(str(e) or type(e).__name__)
    print(f"built {', '.join(s.name for s in wanted)} in {time.monotonic() - start:.0f} s")
    return 0


def _on_sourced(sources: list[Path], work: Path) -> None:
    """Each package becomes a prefix, and a link in site-packages leads to its Python modules."""
    from ament import build_prefix, python_package

    for source in sources:
        final = _folder(Path(sys.prefix) / "ament") / source.name
        built = build_prefix(source, final, _folder(work / source.name), os.cpu_count() or 1)
        (python_package(built, source.name) / STAMP).write_text(_key(source))
        _move(built, final, work)
        link = work / f"link-{source.name}"
        link.symlink_to(os.path.relpath(python_package(final, source.name), SITE))
        _move(link, SITE / source.name, work)


def _on_wheels(sources: list[Path], work: Path) -> None:
    """Each package becomes one folder in site-packages; its definitions go where those of the wheels lie."""
    from compiler import compile_packages
    from definitions import install_definitions
    from generate import generate

    prefix, workers = Path(sys.prefix), os.cpu_count() or 1
    hashes = generate(sources, prefix / "share", work, workers)
    expected = json.loads((HERE / "type_hashes.json").read_text())
    for name, found in hashes.items():
        if found != expected.get(name):
            raise ValueError(f"the type hash of {name} is {found}; other machines expect {expected.get(name)}")
    compile_packages([s.name for s in sources], work, prefix, workers)
    for source in sources:
        built = work / "built" / source.name
        (built / STAMP).write_text(_key(source))
        install_definitions(source, prefix)
        _move(built, SITE / source.name, work)


def _is_missing(source: Path, force: bool) -> bool:
    ours = SITE / source.name / STAMP
    if ours.is_file():
        return force or ours.read_text() != _key(source)
    spec = importlib.util.find_spec(source.name)
    return spec is None or spec.origin is None  # without an origin: the folder of definitions beside this file


def _is_below(site: Path, package: str) -> bool:
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None and Path(spec.origin).is_relative_to(site)


def _key(source: Path) -> str:
    """Everything that a build depends on, as one digest."""
    digest = hashlib.sha256()
    for path in sorted([*HERE.glob("*.py"), *(p for p in source.rglob("*") if p.is_file())]):
        digest.update(str(path.relative_to(HERE)).encode() + path.read_bytes())
    digest.update(repr((sys.version_info[:2], sys.prefix, _rclpy_version(), os.environ.get("ROS_DISTRO"))).encode())
    return digest.hexdigest()


def _rclpy_version() -> str:
    for name in ("ros-rclpy", "rclpy"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"


def _move(built: Path, target: Path, work: Path) -> None:
    if target.exists() or target.is_symlink():
        # Renamed, not deleted: a running process keeps the files that it has open.
        target.rename(_folder(work / "old") / f"{target.parent.name}-{target.name}")
    shutil.move(str(built), str(target))


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _fail(message: str) -> int:
    print(f"interfaces: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
