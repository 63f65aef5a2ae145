"""The arguments that tell a node its name, its remaps and its parameters; imports nothing of midp_ros."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from midp_ros.launching.description import NodeProcess
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
