"""The processes that an XML launch file asks for; imports nothing of midp_ros.

Variables are as under `ros2 launch`: an included file sees its includer's and may change them, a group's end with it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from midp_ros.launching.errors import LaunchError
from midp_ros.launching.grammar import CONDITIONS, Argument, check, parse
from midp_ros.launching.packages import find_executable, find_share
from midp_ros.launching.parameters import ParameterEntry, read_parameter, truth
from midp_ros.launching.substitution import Scope, substitute

_OUTPUTS = ("screen", "both", "log")


@dataclass(frozen=True)
class NodeProcess:
    """One process to start.

    Attributes:
        label: prefix of its output.
        command: the executable and its arguments, parameters excepted.
        parameters: in the order in which later ones win.
        environment: variables added to the launcher's.
        required: everything stops when it ends.
        quiet: only its errors are shown.
        unblocks: starts with SIGINT blocked, and unblocks it once it handles it.
    """

    label: str
    command: tuple[str, ...]
    ros_arguments: tuple[str, ...] = ()
    parameters: tuple[ParameterEntry, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    quiet: bool = False
    unblocks: bool = False


@dataclass(frozen=True)
class LaunchDescription:
    """The processes that a launch file asks for, and the arguments that it and the files that it includes declare.

    Attributes:
        python_files: Python launch files that are included, which only `ros2 launch` can run.
    """

    processes: tuple[NodeProcess, ...]
    arguments: tuple[Argument, ...]
    python_files: tuple[str, ...] = ()

    @classmethod
    def load(
        cls,
        path: str | Path,
        arguments: Mapping[str, str] | None = None,
        shares: Mapping[str, Path] | None = None,
        unblocking: Collection[str] = (),
        python_files: bool = False,
    ) -> LaunchDescription:
        """Reads a launch file with the given values of its arguments.

        Args:
            path: the XML file.
            arguments: values by name.
            shares: share folders by package, for those that `$(find-pkg-share)` would not find by itself.
            unblocking: packages whose executables unblock SIGINT by themselves, see NodeProcess.
            python_files: accept included Python launch files, whose processes and arguments stay unknown.

        Raises:
            LaunchError: the file is missing, a tag or attribute is unknown, or an argument is unknown or missing.
        """
        reader = _Reader(dict(arguments or {}), dict(shares or {}), unblocking, python_files)
        reader.file(Path(path))
        if unknown := sorted(set(arguments or {}) - set(reader.declared)):
            known = ", ".join(sorted(reader.declared)) or "none"
            raise LaunchError(f"{path} declares no argument {unknown[0]!r}; known: {known}")
        labels = [p.label for p in reader.processes]
        processes = [
            replace(p, label=f"{p.label}-{labels[:i].count(p.label) + 1}") if labels.count(p.label) > 1 else p
            for i, p in enumerate(reader.processes)
        ]
        return cls(tuple(processes), tuple(reader.declared.values()), tuple(reader.python_files or ()))


class _Reader:
    """Walks launch files in the order in which `ros2 launch` executes them."""

    def __init__(
        self, variables: dict[str, str], shares: dict[str, Path], unblocking: Collection[str], python_files: bool
    ):
        self.variables, self._unblocking = variables, unblocking
        self.python_files: list[str] | None = [] if python_files else None
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
            if self.python_files is not None:
                self.python_files.append(file)
                return
            raise LaunchError(
                f"{self._path} includes a Python launch file, {file}: only `ros2 launch` can do that. Source a ROS 2 "
                "installation that has it"
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
        parameters: list[ParameterEntry] = []
        environment = {}
        for child in tag:
            check(self._path, child, child.tag)
            values = {key: self._text(value) for key, value in child.attrib.items()}
            if child.tag == "param":
                parameters.append(read_parameter(values, self._text, self._path))
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
                unblocks=text["pkg"] in self._unblocking,
            )
        )

    def _wanted(self, tag: ElementTree.Element) -> bool:
        if set(tag.attrib) >= CONDITIONS:
            raise LaunchError(f"{self._path}: <{tag.tag}> has both if and unless; one of them will do")
        for name in CONDITIONS & set(tag.attrib):
            where = f"{self._path}: {name} of <{tag.tag}>"
            return truth(self._text(tag.attrib[name]), where) == (name == "if")
        return True

    def _text(self, text: str) -> str:
        try:
            return substitute(text, Scope(self.variables, self._path.parent, self._find_share))
        except LaunchError as e:
            raise LaunchError(f"{self._path}: {e}") from None
