"""Configurations as plain data: reading, checking, overriding and comparing them; imports core and PyYAML only."""

from __future__ import annotations

import math
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from midp_ros.core.errors import MidpError, UnknownNameError


class ConfigError(MidpError):
    """A configuration value that is out of range or of the wrong kind."""


def require(condition: bool, key: str, value: object, wanted: str) -> None:
    """Raises ConfigError, which names the key, the value and what would have been right, unless the condition holds."""
    if not condition:
        raise ConfigError(f"{key}: got {value!r}, need {wanted}")


def first_difference(before: dict[str, Any], now: dict[str, Any], prefix: str = "") -> str | None:
    """The first key whose value changed between two configurations, e.g. `training.batch: 256 != 128`, or None."""
    for key in {**before, **now}:
        a, b = before.get(key), now.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            if found := first_difference(a, b, f"{prefix}{key}."):
                return found
        elif a != b:
            return f"{prefix}{key}: {a!r} != {b!r}"
    return None


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


def build(cls: Any, data: Any, path: str = "") -> Any:
    """An instance of a dataclass from plain data, section by section; a key without a default has to be there."""
    known = {f.name: get_type_hints(cls)[f.name] for f in fields(cls)}
    if not isinstance(data, dict):
        raise ConfigError(f"{path or 'configuration'}: got {data!r}, need a mapping with {', '.join(known)}")
    prefix = f"{path}." if path else ""
    for key in data:
        if key not in known:
            raise UnknownNameError(f"key of {path or 'the configuration'}", key, known)
    for f in fields(cls):
        given = f.name in data or f.default is not MISSING or f.default_factory is not MISSING
        require(given, prefix + f.name, None, "a value; the key is missing")
    return cls(**{key: _convert(known[key], value, prefix + str(key)) for key, value in data.items()})


def _convert(kind: Any, value: Any, key: str) -> Any:
    options = [k for k in get_args(kind) if k is not type(None)]
    if type(None) in get_args(kind):
        return None if value is None else _convert(options[0], value, key)
    if is_dataclass(kind):
        return build(kind, value, key)
    if get_origin(kind) is tuple:
        require(isinstance(value, (list, tuple)), key, value, "a list")
        return tuple(_convert(options[0], v, key) for v in value)
    if kind is float:
        return _to_float(value, key)
    right = type(value) is kind
    require(right, key, value, {int: "a whole number", bool: "true or false", str: "a text"}[kind])
    return value


def _to_float(value: Any, key: str) -> float:
    # YAML 1.1 reads `1e-3` as a text, so a text that is a number is one.
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    require(math.isfinite(number), key, value, "a finite number")
    return number
