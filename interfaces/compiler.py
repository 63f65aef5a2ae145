"""Compiles generated message sources into an importable Python package; imports nothing of midp_ros.

A package becomes one folder that needs nothing but the wheels' libraries:
  lib<package>__rosidl_typesupport_fastrtps_c.so       all the C and C++ of the package
  lib<package>__rosidl_typesupport_introspection_c.so  an empty name that leads to the library above
  <package>_s__rosidl_typesupport_c.so                 the Python extension, which loads both
rosidl_typesupport_c asks the loader for the first two by name; they are found because the extension loaded them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Quick to compile; copying these messages takes microseconds all the same.
FLAGS = ["-O0", "-fPIC", "-w", "-DNDEBUG"]
GENERATORS = ("fastrtps_c", "dispatch_c", "py", "c", "introspection_c")
RUNTIME = ("rosidl_typesupport_c", "rosidl_typesupport_fastrtps_c", "rosidl_typesupport_fastrtps_cpp",
           "rosidl_typesupport_introspection_c", "rosidl_runtime_c", "fastcdr", "rcutils", "rmw")  # fmt: skip
PER_PACKAGE = ("rosidl_generator_c", "rosidl_typesupport_c", "rosidl_typesupport_fastrtps_c",
               "rosidl_typesupport_introspection_c", "rosidl_generator_py")  # fmt: skip


class CompileError(Exception):
    """The compiler refused; the message holds what it said."""


def compile_packages(names: list[str], generated: Path, prefix: Path, workers: int) -> None:
    """Compiles what `generate` wrote to `generated`/built/<name>, folders to be installed as they are.

    Args:
        names: the packages.
        generated: the folder that `generate` wrote.
        prefix: where the wheels put include/ and lib/.
        workers: compilers to run at once.
    """
    with ThreadPoolExecutor(workers) as pool:
        units = [(name, unit) for name in names for unit in _units(name, generated)]
        objects = list(pool.map(lambda u: _compile(u[1], generated, prefix), units))
        by_package = {n: [o for (name, _), o in zip(units, objects, strict=True) if name == n] for n in names}
        for done in pool.map(lambda n: _link(n, by_package[n], generated, prefix), names):
            assert done is None


def _units(name: str, generated: Path) -> list[Path]:
    """One translation unit for each generator's files: many small files include the same large headers.

    The descriptions stay apart, since each defines the same static names.
    """
    descriptions = sorted((generated / "c" / name).glob("*/detail/*__description.c"))
    units = []
    for generator in GENERATORS:
        root = generated / generator / name
        files = sorted(f for f in root.rglob("*") if f.suffix in (".c", ".cpp") and f not in descriptions)
        unit = root / f"{generator}_all{files[0].suffix}"
        unit.write_text("".join(f'#include "{f}"\n' for f in files))
        units.append(unit)
    return [*units, *descriptions]


def _compile(source: Path, generated: Path, prefix: Path) -> Path:
    result = source.with_name(source.name + ".o")
    compiler = _cxx("-std=c++17") if source.suffix == ".cpp" else _cc()
    _run([*compiler, *FLAGS, *_includes(generated, prefix), "-c", str(source), "-o", str(result)])
    return result


def _link(name: str, objects: list[Path], generated: Path, prefix: Path) -> None:
    built = generated / "built" / name
    shutil.copytree(generated / "py" / name, built, ignore=shutil.ignore_patterns("*.c", "*.o", "*.json"))
    (built / "__init__.py").touch()

    library, alias = (f"lib{name}__rosidl_typesupport_{kind}_c.so" for kind in ("fastrtps", "introspection"))
    python = [o for o in objects if o.name == "py_all.c.o"]
    rest = [str(o) for o in objects if o not in python]
    flags = [*_cxx(), "-shared", f"-L{built}", f"-L{prefix / 'lib'}", "-Wl,--allow-shlib-undefined",
             f"-Wl,-rpath,$ORIGIN:$ORIGIN/{os.path.relpath(prefix / 'lib', _site_packages() / name)}"]  # fmt: skip
    wheels = ["-Wl,--as-needed", *_libraries(prefix)]
    _run([*flags, "-o", str(built / library), f"-Wl,-soname,{library}", *rest, *wheels])
    both = ["-Wl,--no-as-needed", f"-l:{library}"]
    _run([*flags, "-o", str(built / alias), f"-Wl,-soname,{alias}", *both])
    extension = built / f"{name}_s__rosidl_typesupport_c.so"
    _run([*flags, "-o", str(extension), *map(str, python), *both, f"-l:{alias}", *wheels])


def _includes(generated: Path, prefix: Path) -> list[str]:
    import numpy

    headers = prefix / "include"
    own = [*(generated / g for g in GENERATORS), sysconfig.get_paths()["include"], numpy.get_include(), headers]
    return [f"-I{folder}" for folder in [*own, *sorted(p for p in headers.iterdir() if p.is_dir())]]


def _libraries(prefix: Path) -> Iterable[str]:
    """Linker arguments of every message library of the prefix; the linker drops those that are not needed."""
    present = {p.name for p in (prefix / "lib").glob("lib*.so")}
    packages = sorted(n[3:].split("__")[0] for n in present if n.endswith("__rosidl_generator_c.so"))
    names = [*(f"{p}__{kind}" for p in packages for kind in PER_PACKAGE), *RUNTIME]
    return [f"-l{name}" for name in names if f"lib{name}.so" in present]


def _site_packages() -> Path:
    return Path(sysconfig.get_paths()["platlib"])


def _cc() -> list[str]:
    return (os.environ.get("CC") or "cc").split()


def _cxx(*flags: str) -> list[str]:
    return [*(os.environ.get("CXX") or "c++").split(), *flags]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise CompileError(f"there is no compiler {command[0]!r}; sudo apt install build-essential") from None
    if done.returncode:
        raise CompileError(f"{command[0]} failed on {command[-1]}:\n{done.stderr[-3000:]}")
