"""Tags and attributes of launch files; imports nothing of midp_ros."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from midp_ros.launching.errors import LaunchError

# Tag: required and optional attributes, tags inside.
CONDITIONS = {"if", "unless"}
_GRAMMAR: dict[str, tuple[set[str], set[str], set[str]]] = {
    "launch": (set(), {"version"}, {"arg", "let", "group", "include", "node"}),
    "arg": ({"name"}, {"default", "description"} | CONDITIONS, set()),
    "let": ({"name", "value"}, CONDITIONS, set()),
    "group": (set(), {"scoped"} | CONDITIONS, {"arg", "let", "group", "include", "node"}),
    "include": ({"file"}, CONDITIONS, {"arg"}),
    "include/arg": ({"name", "value"}, set(), set()),
    "node": (
        {"pkg", "exec"},
        {"name", "namespace", "args", "output", "on_exit"} | CONDITIONS,
        {"param", "remap", "env"},
    ),
    "param": (set(), {"name", "value", "type", "from", "allow_substs"}, set()),
    "remap": ({"from", "to"}, set(), set()),
    "env": ({"name", "value"}, set(), set()),
}


@dataclass(frozen=True)
class Argument:
    """An argument that a launch file declares; without a default it must be given."""

    name: str
    default: str | None
    description: str


def declared_arguments(path: str | Path) -> tuple[Argument, ...]:
    """The arguments that a launch file itself declares, as they stand there; nothing is evaluated."""
    tags = parse(Path(path)).iter("arg")
    found = [t for t in tags if "value" not in t.attrib]
    return tuple(Argument(t.get("name", ""), t.get("default"), t.get("description", "")) for t in found)


def parse(path: Path) -> ElementTree.Element:
    try:
        root = ElementTree.parse(path).getroot()
    except OSError as e:
        raise LaunchError(f"cannot read launch file {path}: {e.strerror}") from None
    except ElementTree.ParseError as e:
        raise LaunchError(f"{path} is not valid XML: {e}") from None
    if root.tag != "launch":
        raise LaunchError(f"{path} is no launch file: its root is <{root.tag}>, expected <launch>")
    return root


def check(path: Path, tag: ElementTree.Element, kind: str) -> None:
    """Refuses an unknown tag, an unknown or missing attribute and tags that must not stand inside."""
    if kind not in _GRAMMAR:
        raise LaunchError(f"{path}: unknown tag <{tag.tag}>; known: {', '.join(t for t in _GRAMMAR if '/' not in t)}")
    required, optional, inside = _GRAMMAR[kind]
    if unknown := sorted(set(tag.attrib) - required - optional):
        known = ", ".join(sorted(required | optional))
        raise LaunchError(f"{path}: unknown attribute {unknown[0]!r} of <{tag.tag}>; known: {known}")
    if missing := sorted(required - set(tag.attrib)):
        raise LaunchError(f"{path}: <{tag.tag}> lacks the attribute {missing[0]!r}")
    for child in tag:
        if child.tag not in inside:
            known = ", ".join(sorted(inside)) or "none"
            raise LaunchError(f"{path}: unknown tag <{child.tag}> in <{tag.tag}>; known: {known}")
