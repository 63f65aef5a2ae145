"""`$(...)` in launch files; imports nothing of midp_ros."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from midp_ros.launching.errors import LaunchError


@dataclass(frozen=True)
class Scope:
    """Variables, environment and packages that a substitution may refer to."""

    variables: Mapping[str, str]
    directory: Path
    find_share: Callable[[str], Path]


def substitute(text: str, scope: Scope) -> str:
    """Replaces every `$(...)` of a text; they may be nested, e.g. `$(env MODEL $(var task))`."""
    result, rest = _replace(text, scope, until="")
    assert not rest
    return result


def _replace(text: str, scope: Scope, until: str) -> tuple[str, str]:
    """Replaces up to one of the characters `until`; returns the result and what follows, that character included."""
    result, quote = "", ""
    while text:
        if text.startswith("$("):
            value, text = _evaluate(text, scope)
            result += value
        elif until and text[0] == quote:
            quote, text = "", text[1:]
        elif until and text[0] in "'\"" and not quote:
            quote, text = text[0], text[1:]
        elif not quote and text[0] in until:
            return result, text
        else:
            result, text = result + text[0], text[1:]
    if until:
        raise LaunchError(f"a substitution is not closed: expected ')' after {result!r}")
    return result, ""


def _evaluate(text: str, scope: Scope) -> tuple[str, str]:
    """Evaluates the substitution that `text` starts with; returns its value and what follows it."""
    words, rest = [], text[2:]
    while True:
        rest = rest.lstrip(" \t\n")
        if rest.startswith(")"):
            break
        word, rest = _replace(rest, scope, until=" \t\n)")
        words.append(word)
    if not words:
        raise LaunchError(f"an empty substitution; known: {_known()}")
    name, arguments = words[0], words[1:]
    if name not in _SUBSTITUTIONS:
        raise LaunchError(f"unknown substitution $({name}); known: {_known()}")
    least, most, function = _SUBSTITUTIONS[name]
    if not least <= len(arguments) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise LaunchError(f"$({name}) takes {wanted} arguments, got {len(arguments)}: {' '.join(arguments)}")
    return function(scope, *arguments), rest[1:]


def _variable(scope: Scope, name: str, default: str | None = None) -> str:
    value = scope.variables.get(name, default)
    if value is None:
        known = ", ".join(sorted(scope.variables)) or "none"
        raise LaunchError(f"$(var {name}): no such argument or variable is declared before it; known: {known}")
    return value


def _environment(scope: Scope, name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise LaunchError(f"$(env {name}): the environment has no {name}; $(env {name} DEFAULT) gives a default")
    return value


def _share(scope: Scope, package: str) -> str:
    return str(scope.find_share(package))


def _directory(scope: Scope) -> str:
    return str(scope.directory)


def _expression(scope: Scope, expression: str) -> str:
    try:
        return str(eval(expression, {"__builtins__": {}}))  # a launch file is code: it starts any process
    except Exception as e:
        raise LaunchError(_misfit(scope, expression) or f"$(eval {expression!r}): {e}") from None


def _misfit(scope: Scope, expression: str) -> str:
    """Which argument's value an expression cannot compute with; empty where it is none."""
    words = set(expression.split())
    names = [name for name, value in scope.variables.items() if value in words and not _is_number(value)]
    return f"argument {names[0]}:={scope.variables[names[0]]} is no number" if names else ""


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


# name: fewest and most arguments, function
_SUBSTITUTIONS: dict[str, tuple[int, int, Callable[..., str]]] = {
    "var": (1, 2, _variable),
    "env": (1, 2, _environment),
    "eval": (1, 1, _expression),
    "find-pkg-share": (1, 1, _share),
    "dirname": (0, 0, _directory),
}


def _known() -> str:
    return ", ".join(f"$({name})" for name in sorted(_SUBSTITUTIONS))
