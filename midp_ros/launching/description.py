"""The processes that an XML launch file asks for; imports nothing of midp_ros.

Variables are as under `ros2 launch`: an included file sees its includer's and may change them, a group's end with it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from midp_ros.launching.errors import LaunchError
from midp_ros.launching.grammar import CONDITIONS, Argument, check, parse
from midp_ros.launching.packages import find_executable, find_share
from midp_ros.launching.substitution import Scope, substitute

_OUTPUTS = ("screen", "both", "log")
_TYPES = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class NodeProcess:
    """One process to start.

    Attributes:
        label: prefix of its output.
        command: the executable and its arguments, parameters excepted.
        parameters: files and mappings of values, in the order in which later ones win.
        environment: variables added to the launcher's.
        required: everything stops when it ends.
        quiet: only its errors are shown.
    """

    label: str
    command: tuple[str, ...]
    ros_arguments: tuple[str, ...] = ()
    parameters: tuple[Path | dict[str, Any], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class LaunchDescription:
    """The processes that a launch file asks for, and the arguments that it and the files that it includes declare."""

    processes: tuple[NodeProcess, ...]
    arguments: tuple[Argument, ...]

    @classmethod
    def load(
        cls, path: str | Path, arguments: Mapping[str, str] | None = None, shares: Mapping[str, Path] | None = None
    ) -> LaunchDescription:
        """Reads a launch file with the given values of its arguments.

        Args:
            path: the XML file.
            arguments: values by name.
            shares: share folders by package, for those that `$(find-pkg-share)` would not find by itself.

        Raises:
            LaunchError: the file is missing, a tag or attribute is unknown, or an argument is unknown or missing.
        """
        reader = _Reader(dict(arguments or {}), dict(shares or {}))
        reader.file(Path(path))
        if unknown := sorted(set(arguments or {}) - set(reader.declared)):
            known = ", ".join(sorted(reader.declared)) or "none"
            raise LaunchError(f"{path} declares no argument {unknown[0]!r}; known: {known}")
        labels = [p.label for p in reader.processes]
        processes = [
            replace(p, label=f"{p.label}-{labels[:i].count(p.label) + 1}") if labels.count(p.label) > 1 else p
            for i, p in enumerate(reader.processes)
        ]
        return cls(tuple(processes), tuple(reader.declared.values()))


class _Reader:
    """Walks launch files in the order in which `ros2 launch` executes them."""

    def __init__(self, variables: dict[str, str], shares: dict[str, Path]):
        self.variables = variables
        self.declared: dict[str, Argument] = {}
        self.processes: list[NodeProcess] = []
        self._find_share = partial(find_share, known=shares)
        self._open: list[Path] = []

    def file(self, path: Path) -> None:
        """Reads one file."""
        if path in self._open:
            raise LaunchError(f"{self._path} includes {path}, which is being read already")
        root = parse(path)
        self._open.append(path)
        check(path, root, "launch")
        self._children(root)
        self._open.pop()

    @property
    def _path(self) -> Path:
        return self._open[-1]

    def _children(self, parent: ElementTree.Element) -> None:
        for tag in parent:
            check(self._path, tag, tag.tag)
            if self._wanted(tag):
                getattr(self, f"_{tag.tag}")(tag)

    def _arg(self, tag: ElementTree.Element) -> None:
        name, default = tag.attrib["name"], tag.get("default")
        self.declared.setdefault(name, Argument(name, default, tag.get("description", "")))
        if name in self.variables:
            return
        if default is None:
            raise LaunchError(f"{self._path}: argument {name!r} must be given: {name}:=...")
        self.variables[name] = self._text(default)

    def _let(self, tag: ElementTree.Element) -> None:
        self.variables[self._text(tag.attrib["name"])] = self._text(tag.attrib["value"])

    def _group(self, tag: ElementTree.Element) -> None:
        outer = dict(self.variables)
        self._children(tag)
        if tag.get("scoped", "true").lower() not in ("false", "0"):
            self.variables = outer

    def _include(self, tag: ElementTree.Element) -> None:
        if (file := tag.attrib["file"]).endswith(".py"):
            raise LaunchError(
                f"{self._path} includes a Python launch file, {file}: only `ros2 launch` can do that. Source a ROS 2 "
                "installation that has it, and this package built by colcon"
            )
        given = {}
        for arg in tag:
            check(self._path, arg, f"include/{arg.tag}")
            given[self._text(arg.attrib["name"])] = self._text(arg.attrib["value"])
        path = Path(self._text(tag.attrib["file"]))
        self.variables |= given
        before, self.declared = self.declared, {}
        self.file(path)
        if unknown := sorted(set(given) - set(self.declared)):
            known = ", ".join(sorted(self.declared)) or "none"
            raise LaunchError(f"{self._path}: {path.name} declares no argument {unknown[0]!r}; known: {known}")
        self.declared = {**self.declared, **before}

    def _node(self, tag: ElementTree.Element) -> None:
        text = {name: self._text(value) for name, value in tag.attrib.items()}
        output, on_exit = text.get("output", "log"), text.get("on_exit")
        if output not in _OUTPUTS:
            raise LaunchError(f"{self._path}: output={output!r} of a node is none of {', '.join(_OUTPUTS)}")
        if on_exit not in (None, "shutdown"):
            raise LaunchError(f"{self._path}: on_exit={on_exit!r} of a node is not known; only 'shutdown' is")
        ros_arguments: list[str] = []
        if name := text.get("name"):
            ros_arguments += ["-r", f"__node:={name}"]
        if namespace := text.get("namespace"):
            ros_arguments += ["-r", f"__ns:=/{namespace.strip('/')}"]
        parameters: list[Path | dict[str, Any]] = []
        environment = {}
        for child in tag:
            check(self._path, child, child.tag)
            values = {key: self._text(value) for key, value in child.attrib.items()}
            if child.tag == "param":
                parameters.append(self._parameter(values))
            elif child.tag == "remap":
                ros_arguments += ["-r", f"{values['from']}:={values['to']}"]
            else:
                environment[values["name"]] = values["value"]
        self.processes.append(
            NodeProcess(
                label=text.get("name") or text["exec"],
                command=(*find_executable(text["pkg"], text["exec"]), *text.get("args", "").split()),
                ros_arguments=tuple(ros_arguments),
                parameters=tuple(parameters),
                environment=environment,
                required=on_exit == "shutdown",
                quiet=output == "log",
            )
        )

    def _parameter(self, values: dict[str, str]) -> Path | dict[str, Any]:
        if set(values) == {"from"}:
            path = Path(values["from"])
            if not path.is_file():
                raise LaunchError(f"{self._path}: there is no parameter file {path}")
            return path
        if not {"name", "value"} <= set(values) <= {"name", "value", "type"}:
            raise LaunchError(
                f"{self._path}: <param> takes name and value, or from; got {', '.join(values) or 'neither'}"
            )
        kind = values.get("type")
        if kind is not None and kind not in _TYPES:
            raise LaunchError(f"{self._path}: type={kind!r} of a parameter is none of {', '.join(_TYPES)}")
        value = values["value"] if kind == "str" else yaml.safe_load(values["value"])
        if value is None or (kind is not None and not isinstance(value, _TYPES[kind])):
            raise LaunchError(f"{self._path}: parameter {values['name']!r} has the value {values['value']!r}")
        return {values["name"]: value}

    def _wanted(self, tag: ElementTree.Element) -> bool:
        if set(tag.attrib) >= CONDITIONS:
            raise LaunchError(f"{self._path}: <{tag.tag}> has both if and unless; one of them will do")
        for name in CONDITIONS & set(tag.attrib):
            value = self._text(tag.attrib[name]).strip().lower()
            if value not in ("true", "1", "false", "0"):
                raise LaunchError(f"{self._path}: {name}={value!r} of <{tag.tag}> is none of true, 1, false, 0")
            return (value in ("true", "1")) == (name == "if")
        return True

    def _text(self, text: str) -> str:
        try:
            return substitute(text, Scope(self.variables, self._path.parent, self._find_share))
        except LaunchError as e:
            raise LaunchError(f"{self._path}: {e}") from None
