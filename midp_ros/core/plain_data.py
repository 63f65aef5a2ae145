"""Dataclasses from plain data, checked: contracts, robot profiles and configurations; imports numpy and PyYAML only."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
import yaml

from midp_ros.core.errors import MidpError, nearest

PathText = Annotated[str, "of a file or folder"]  # a field of this kind may begin with ~, the home
WANTED = {int: "a whole number", bool: "true or false", str: "a text"}


class ConfigError(MidpError):
    """A configuration value that is out of range or of the wrong kind."""


def require(
    condition: bool, key: str, value: object, wanted: str, error: Callable[[str], MidpError] = ConfigError
) -> None:
    """Raises an error that names the key, the value and what would have been right, unless the condition holds."""
    if not condition:
        raise error(f"{key}: got {value!r}, need {wanted}")


def build(cls: Any, data: Any, what: str, error: Callable[[str], MidpError] = ConfigError, path: str = "") -> Any:
    """An instance of a dataclass from plain data, its parts included; what has a default may be left out.

    A part is another dataclass, a text, a number, true or false, a list of these, a mapping of them, or an array of
    numbers. YAML 1.1 reads `1e-3` as a text and a unit `1` as a number: both are converted to the field's type.

    Args:
        what: the data is, for messages, e.g. `contract`.
        error: raised, with a message that names the key, the value and what would be right; an unknown key, with the
            nearest known one.
        path: before every key, e.g. `model.options`, where the data is a part of a larger one.
    """
    return _Builder(what, error).build(cls, data, path)


def first_difference(before: Any, now: Any, path: str = "") -> str | None:
    """The first place where plain data differs, e.g. `training.batch: 256 != 128`, or None.

    A list's element is named by its `name` where it has one.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        for key in {**before, **now}:
            if found := first_difference(before.get(key), now.get(key), f"{path}.{key}" if path else str(key)):
                return found
        return None
    if isinstance(before, (list, tuple)) and isinstance(now, (list, tuple)):
        for i in range(max(len(before), len(now))):
            left, right = (x[i] if i < len(x) else None for x in (before, now))
            if found := first_difference(left, right, f"{path}[{_element(i, left or right)}]"):
                return found
        return None
    return None if before == now else f"{path}: {_short(before)} != {_short(now)}"


def override_value(data: dict[str, Any], override: str) -> None:
    """Applies `key.subkey=value` to plain data."""
    key, separator, text = override.partition("=")
    if not separator or not key:
        raise ConfigError(f"override {override!r} is not of the form key.subkey=value")
    *parents, last = key.split(".")
    for parent in parents:
        if data.get(parent) is None:
            data[parent] = {}
        data = data[parent]
        if not isinstance(data, dict):
            raise ConfigError(f"override {override!r}: {parent!r} has no keys of its own")
    try:
        data[last] = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigError(f"override {override!r}: {text!r} is not a YAML value") from None


@dataclass(frozen=True)
class _Builder:
    what: str
    error: Callable[[str], MidpError]

    def build(self, cls: Any, data: Any, path: str) -> Any:
        kinds, where = _kinds(cls), path or self.what
        if not isinstance(data, dict):
            raise self.error(f"{where}: got {data!r}, need a mapping with {', '.join(kinds)}")
        for key in data:
            if key not in kinds:
                known = ", ".join(sorted(kinds))
                raise self.error(f"{where}: unknown key {key!r}; known: {known}{nearest(key, kinds)}")
        for f in fields(cls):
            if f.name not in data and f.default is MISSING and f.default_factory is MISSING:
                raise self.error(f"{where} lacks {f.name!r}")
        prefix = f"{path}." if path else ""
        return cls(**{key: self._convert(kinds[key], value, prefix + str(key)) for key, value in data.items()})

    def _convert(self, kind: Any, value: Any, key: str) -> Any:
        if kind == PathText:
            return os.path.expanduser(self._convert(str, value, key))
        options, origin = [k for k in get_args(kind) if k is not type(None)], get_origin(kind)
        if type(None) in get_args(kind):
            return None if value is None else self._convert(options[0], value, key)
        if is_dataclass(kind):
            return self.build(kind, value, key)
        if origin is tuple:
            self._require(isinstance(value, (list, tuple)), key, value, "a list")
            return tuple(self._convert(options[0], v, f"{key}[{_element(i, v)}]") for i, v in enumerate(value))
        if origin is dict:
            self._require(isinstance(value, dict), key, value, "a mapping")
            return {str(k): self._convert(options[1], v, f"{key}.{k}") for k, v in value.items()}
        if origin is np.ndarray:
            self._require(isinstance(value, (list, tuple, np.ndarray)), key, value, "a list of numbers")
            return np.array([self._number(v, f"{key}[{i}]") for i, v in enumerate(value)], float)
        if kind is float:
            return self._number(value, key)
        if kind is str and type(value) in (int, float):
            return str(value)
        self._require(kind is Any or type(value) is kind, key, value, WANTED.get(kind, str(kind)))
        return value

    def _number(self, value: Any, key: str) -> float:
        try:
            number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
        except ValueError:
            number = math.nan
        self._require(math.isfinite(number), key, value, "a finite number")
        return number

    def _require(self, condition: bool, key: str, value: object, wanted: str) -> None:
        require(condition, key, value, wanted, self.error)


@cache
def _kinds(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {f.name: hints[f.name] for f in fields(cls)}


def _element(number: int, element: Any) -> Any:
    return element["name"] if isinstance(element, dict) and isinstance(element.get("name"), str) else number


def _short(value: Any) -> str:
    return f"entry {value['name']!r}" if isinstance(value, dict) and "name" in value else repr(value)
