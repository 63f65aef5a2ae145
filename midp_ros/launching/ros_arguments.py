"""The arguments that tell a node its name, its remaps and its parameters; imports nothing of midp_ros."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from midp_ros.launching.description import NodeProcess
from midp_ros.launching.errors import LaunchError
from midp_ros.launching.parameters import ParameterEntry


def ros_arguments(process: NodeProcess, folder: Path, number: int) -> list[str]:
    """What follows a process's own arguments; parameters go through files `<number>_<i>.yaml` in a folder."""
    arguments = list(process.ros_arguments)
    for i, parameters in enumerate(_merged(process.parameters)):
        path = parameters if isinstance(parameters, Path) else folder / f"{number}_{i}.yaml"
        if isinstance(parameters, dict):
            parameters = yaml.safe_dump({"/**": {"ros__parameters": parameters}})
        if isinstance(parameters, str):
            path.write_text(parameters)
        arguments += ["--params-file", str(path)]
    return ["--ros-args", *arguments] if arguments else []


def _merged(entries: Sequence[ParameterEntry]) -> list[ParameterEntry]:
    """Values that follow each other become one entry."""
    merged: list[ParameterEntry] = []
    for entry in entries:
        if isinstance(entry, dict) and merged and isinstance(last := merged[-1], dict):
            merged[-1] = {**last, **entry}
        else:
            merged.append(entry)
    return merged


def require_same_types(process: NodeProcess) -> None:
    """Refuses a parameter that is given twice with values of different types.

    rcl keeps both values then, and the node receives one of them without an error.

    Raises:
        LaunchError: names the parameter, both values and the type.
    """
    known: dict[str, Any] = {}
    for entry in process.parameters:
        for name, value in _values(entry).items():
            before = known.setdefault(name, value)
            # A whole number is taken for a float, 2 for 2.0; not the other way round.
            if type(value) is not type(before) and (type(before), type(value)) != (float, int):
                wanted = f"of type {type(before).__name__}, as {before!r} is"
                raise LaunchError(f"parameter {name!r} of {process.label} is {wanted}; it was given {value!r}")


def parameter_values(process: NodeProcess) -> dict[str, Any]:
    """A process's parameters by name; of each the last value."""
    return {name: value for entry in process.parameters for name, value in _values(entry).items()}


def _values(entry: ParameterEntry) -> dict[str, Any]:
    """By name; of a file, those of all its nodes."""
    if isinstance(entry, dict):
        return entry
    text = entry.read_text() if isinstance(entry, Path) else entry
    nodes = yaml.safe_load(text) or {}
    parts = [node.get("ros__parameters") or {} for node in nodes.values() if isinstance(node, dict)]
    return {name: value for part in parts for name, value in part.items()}
