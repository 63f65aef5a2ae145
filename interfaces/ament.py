"""Builds a message package by CMake on top of a sourced ROS 2; imports nothing of midp_ros.

The result is one folder, as the compiler of the wheels makes: the libraries lie inside the Python package, which loads
them itself, so that no environment variable has to lead to them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

LOADER = '''"""Messages of {name}; loads the package's own libraries, which no library path leads to."""

import ctypes
from pathlib import Path

for _name in {libraries}:
    ctypes.CDLL(str(Path(__file__).parent / "lib" / _name))
'''
# Each only needs those before it.
ORDER = ("generator_c", "typesupport_introspection_c", "typesupport_fastrtps_cpp", "typesupport_fastrtps_c",
         "typesupport_introspection_cpp", "typesupport_cpp", "typesupport_c", "generator_py")  # fmt: skip


class AmentError(Exception):
    """CMake refused; the message holds what it said."""


def build_package(source: Path, work: Path, workers: int) -> Path:
    """Configures, builds and installs `source` below `work`; returns the folder to be installed as the package."""
    prefix, name = work / "prefix", source.name
    build = work / "build"
    _run(["cmake", "-S", str(source), "-B", str(build), f"-DCMAKE_INSTALL_PREFIX={prefix}", "-DBUILD_TESTING=OFF",
          f"-DPython3_EXECUTABLE={sys.executable}", f"-DPYTHON_EXECUTABLE={sys.executable}",
          "-DCMAKE_INSTALL_RPATH=$ORIGIN", "-DCMAKE_C_FLAGS=-O1", "-DCMAKE_CXX_FLAGS=-O1"])  # fmt: skip
    _run(["cmake", "--build", str(build), "--target", "install", "--parallel", str(workers)])
    found = [p for p in prefix.rglob(name) if p.parent.name in ("site-packages", "dist-packages")]
    if len(found) != 1:
        raise AmentError(f"the build of {name} left {len(found)} Python packages below {prefix}, expected one")
    built = work / "built" / name
    shutil.copytree(found[0], built)
    libraries = sorted((prefix / "lib").glob("lib*.so"), key=_place)
    (built / "lib").mkdir()
    for library in libraries:
        shutil.copy(library, built / "lib")
    (built / "__init__.py").write_text(LOADER.format(name=name, libraries=[p.name for p in libraries]))
    return built


def _place(library: Path) -> tuple[int, str]:
    kind = library.stem.split("__rosidl_")[-1]
    return (ORDER.index(kind) if kind in ORDER else len(ORDER), library.name)


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise AmentError("there is no cmake; install it: sudo apt install cmake build-essential") from None
    if done.returncode:
        raise AmentError(f"`{' '.join(command[:4])} ...` failed:\n{(done.stdout + done.stderr)[-3000:]}")
