"""Builds a message package by CMake on top of a sourced ROS 2; imports nothing of midp_ros.

The result is a prefix of its own, as colcon makes one per package: `ros2 interface`, rosbag2 and other packages find
the messages in it once it stands in AMENT_PREFIX_PATH and the like. Its Python package loads the prefix's libraries
itself, so that Python finds them without any environment variable.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LOADER = '''"""Messages of {name}; loads the prefix's libraries, which no library path need lead to."""

import ctypes
from pathlib import Path

for _name in {libraries}:
    ctypes.CDLL(str(Path(__file__).resolve().parent / "{folder}" / _name))
'''
# Each only needs those before it.
ORDER = ("generator_c", "typesupport_introspection_c", "typesupport_fastrtps_cpp", "typesupport_fastrtps_c",
         "typesupport_introspection_cpp", "typesupport_cpp", "typesupport_c", "generator_py")  # fmt: skip


class AmentError(Exception):
    """CMake refused; the message holds its output."""


def build_prefix(source: Path, final: Path, work: Path, workers: int) -> Path:
    """Configures and builds `source`, and installs it below `work`, from where it is to be moved.

    Args:
        source: the package's folder, named as the package.
        final: the prefix that the result will be moved to.
        work: an existing empty folder.
        workers: compilers to run at once.

    Returns:
        the folder to be moved to `final`.
    """
    build, stage = work / "build", work / "stage"
    _run(["cmake", "-S", str(source), "-B", str(build), f"-DCMAKE_INSTALL_PREFIX={final}", "-DBUILD_TESTING=OFF",
          f"-DPython3_EXECUTABLE={sys.executable}", f"-DPYTHON_EXECUTABLE={sys.executable}",
          "-DCMAKE_INSTALL_RPATH=$ORIGIN", "-DCMAKE_C_FLAGS=-O1", "-DCMAKE_CXX_FLAGS=-O1"])  # fmt: skip
    _run(["cmake", "--build", str(build), "--target", "install", "--parallel", str(workers)], DESTDIR=str(stage))
    prefix = stage / final.relative_to(final.anchor)
    package = python_package(prefix, source.name)
    libraries = sorted((prefix / "lib").glob("lib*.so"), key=_place)
    folder = os.path.relpath(prefix / "lib", package)
    loader = LOADER.format(name=source.name, libraries=[p.name for p in libraries], folder=folder)
    (package / "__init__.py").write_text(loader)
    return prefix


def python_package(prefix: Path, name: str) -> Path:
    """The folder of a package's Python modules in a prefix."""
    found = [p for p in prefix.rglob(name) if p.parent.name in ("site-packages", "dist-packages")]
    if len(found) != 1:
        raise AmentError(f"the build of {name} left {len(found)} Python packages below {prefix}, expected one")
    return found[0]


def _place(library: Path) -> tuple[int, str]:
    kind = library.stem.split("__rosidl_")[-1]
    return (ORDER.index(kind) if kind in ORDER else len(ORDER), library.name)


def _run(command: list[str], **variables: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables})
    except FileNotFoundError:
        raise AmentError("there is no cmake; install it: sudo apt install cmake build-essential") from None
    if done.returncode:
        raise AmentError(f"`{' '.join(command[:4])} ...` failed:\n{(done.stdout + done.stderr)[-3000:]}")
