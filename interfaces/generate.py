"""Generates the C, C++ and Python sources of message packages by the rosidl generators; imports nothing of midp_ros.

Does what `rosidl generate` would do if its command line accepted the wheels, whose entry points are registered twice:
it calls the same generators directly, in a few processes, since their template engine is slow.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

from definitions import definitions

# What rmw_fastrtps_cpp asks for: the first to serialise, the second to describe the type to other participants.
TYPE_SUPPORTS = ["rosidl_typesupport_fastrtps_c", "rosidl_typesupport_introspection_c"]
TEMPLATES = {
    "type_description": "rosidl_generator_type_description",
    "py": "rosidl_generator_py",
    "c": "rosidl_generator_c",
    "fastrtps_c": "rosidl_typesupport_fastrtps_c",
    "introspection_c": "rosidl_typesupport_introspection_c",
    "dispatch_c": "rosidl_typesupport_c",
}


def generate(packages: Sequence[Path], share: Path, output: Path, workers: int) -> dict[str, str]:
    """Writes the sources of each package to `output`/<generator>/<package name>; each <generator> is an include folder.

    Args:
        packages: folders of definitions, each named as its package; none may use another.
        share: the prefix's share folder, where the generators' templates and the used packages' definitions lie.
        output: where to write.
        workers: processes to use.

    Returns:
        the type hash of each definition, e.g. `{"franka_msgs/msg/Elbow": "RIHS01_..."}`.
    """
    hashes: dict[str, str] = {}
    with ProcessPoolExecutor(workers, initializer=_silence) as pool:
        running: list[Future[None]] = []
        described = pool.map(_describe, packages, repeat(share), repeat(output))
        for package, arguments in zip(packages, described, strict=True):
            hashes |= _hashes(package, output)
            for generator in TEMPLATES:
                if generator != "type_description":
                    running += [pool.submit(_run, generator, share, part) for part in _parts(generator, arguments)]
        for job in running:
            job.result()
    return hashes


def _silence() -> None:
    # The generators report every file that they read and write.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _describe(package: Path, share: Path, output: Path) -> dict[str, Any]:
    """Writes a package's definitions as IDL and its types' descriptions; returns the arguments of its generators."""
    from rosidl_adapter import convert_to_idl
    from rosidl_generator_type_description import generate_type_hash

    root = output / "type_description" / package.name
    sources = definitions(package)
    for source in sources:
        convert_to_idl(package, package.name, source.relative_to(package), root)
    idl_files = [s.relative_to(package).with_suffix(".idl") for s in sources]
    arguments = {
        "package_name": package.name,
        "output": str(output),
        "idl_tuples": [f"{root}:{p}" for p in idl_files],
        "ros_interface_dependencies": [f"{p.parents[1].name}:{p}" for p in share.glob("*/*/*.idl")],
        "target_dependencies": [],
        "include_paths": [f"{p.name}:{p}" for p in share.iterdir() if any(p.glob("*/*.json"))],
        "type_description_tuples": [f"{p}:{(root / p).with_suffix('.json')}" for p in idl_files],
        "ros_interface_files": [str(p) for p in sources],
    }
    generate_type_hash(_write("type_description", share, arguments))
    return arguments


def _parts(generator: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The arguments cut into jobs: one per definition, but one for Python, which writes a package's __init__.py."""
    if generator == "py":
        return [arguments]
    return [{**arguments, "idl_tuples": [t]} for t in arguments["idl_tuples"]]


def _write(generator: str, share: Path, arguments: dict[str, Any]) -> str:
    """Writes a generator's argument file and the header that it expects; returns the file's path."""
    package = arguments["package_name"]
    root = Path(arguments["output"]) / generator / package
    (root / "msg").mkdir(parents=True, exist_ok=True)
    templates = share / TEMPLATES[generator] / "resource"
    for header in templates.glob("*__visibility_control.h.in"):
        text = header.read_text().replace("@PROJECT_NAME@", package).replace("@PROJECT_NAME_UPPER@", package.upper())
        (root / "msg" / header.stem).write_text(text)
    path = root / f"arguments_{Path(arguments['idl_tuples'][0]).stem}.json"
    path.write_text(json.dumps({**arguments, "output_dir": str(root), "template_dir": str(templates)}))
    return str(path)


def _run(generator: str, share: Path, arguments: dict[str, Any]) -> None:
    path = _write(generator, share, arguments)
    if generator == "c":
        from rosidl_generator_c import generate_c

        generate_c(path)
    elif generator == "fastrtps_c":
        from rosidl_typesupport_fastrtps_c import generate_typesupport_fastrtps_c

        generate_typesupport_fastrtps_c(path)
    elif generator == "introspection_c":
        from rosidl_typesupport_introspection_c import generate_c as generate_introspection

        generate_introspection(path)
    elif generator == "dispatch_c":
        from rosidl_typesupport_c import generate_c as generate_dispatch

        generate_dispatch(path, TYPE_SUPPORTS)
    else:
        from rosidl_generator_py import generate_py

        generate_py(path, ["rosidl_typesupport_c"])


def _hashes(package: Path, output: Path) -> dict[str, str]:
    hashes = {}
    for source in definitions(package):
        name = f"{package.name}/{source.parent.name}/{source.stem}"
        description = (output / "type_description" / package.name / source.relative_to(package)).with_suffix(".json")
        entries = json.loads(description.read_text())["type_hashes"]
        hashes[name] = next(e["hash_string"] for e in entries if e["type_name"] == name)
    return hashes
