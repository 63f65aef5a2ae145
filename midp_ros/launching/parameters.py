"""A launch file's <param>: a file, a file with substitutions, or one value; imports nothing of midp_ros."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from midp_ros.launching.errors import LaunchError

# A file, a parameters file's text, or values by name.
ParameterEntry = Path | str | dict[str, Any]
_TYPES = {"str": str, "int": int, "float": float, "bool": bool}
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def read_parameter(values: Mapping[str, str], substitute: Callable[[str], str], where: Path) -> ParameterEntry:
    """What a <param> stands for.

    Args:
        values: its attributes, substitutions done.
        substitute: for a file with allow_substs.
        where: the launch file, for errors.

    Raises:
        LaunchError: unknown or missing attributes, no such file, or a value of another type.
    """
    if "from" in values and set(values) <= {"from", "allow_substs"}:
        path = Path(values["from"])
        if not path.is_file():
            raise LaunchError(f"{where}: there is no parameter file {path}")
        substituted = truth(values.get("allow_substs", "false"), f"{where}: allow_substs of <param>")
        return _text(path, substitute) if substituted else path
    if not {"name", "value"} <= set(values) <= {"name", "value", "type"}:
        raise LaunchError(f"{where}: <param> takes name and value, or from; got {', '.join(values) or 'neither'}")
    kind = values.get("type")
    if kind is not None and kind not in _TYPES:
        raise LaunchError(f"{where}: type={kind!r} of a parameter is none of {', '.join(_TYPES)}")
    value = values["value"] if kind == "str" else yaml.safe_load(values["value"])
    if value is None or (kind is not None and not isinstance(value, _TYPES[kind])):
        raise LaunchError(f"{where}: parameter {values['name']!r} has the value {values['value']!r}")
    return {values["name"]: value}


def truth(text: str, where: str) -> bool:
    """Of a condition, as `ros2 launch` reads it; raises LaunchError for any other word."""
    if (value := text.strip().lower()) not in (*_TRUE, *_FALSE):
        raise LaunchError(f"{where} is {value!r}, none of {', '.join((*_TRUE, *_FALSE))}")
    return value in _TRUE


def _text(path: Path, substitute: Callable[[str], str]) -> str:
    text = substitute(path.read_text())
    try:
        yaml.safe_load(text)
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        line = text.splitlines()[mark.line].strip() if mark else ""
        raise LaunchError(f"{path} is not valid YAML with the arguments given: {line}") from None
    return text
