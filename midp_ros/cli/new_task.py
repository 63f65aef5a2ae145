"""`midp new-task`: a package with a task, its expert and its contract, which works as it is written."""

from __future__ import annotations

import re
import sys
from keyword import iskeyword
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from midp_ros.core.errors import MidpError
from midp_ros.core.files.output_folder import writing_folder

NAME = re.compile(r"[a-z][a-z0-9_]*")
# Where each file of config/new_task goes in the new package.
FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "train.yaml": "train.yaml",
    "__init__.py": "{package}/__init__.py",
    "task.py": "{package}/task.py",
    "expert.py": "{package}/expert.py",
    "contract.yaml": "{package}/{name}.yaml",
    "test.py": "test/test_{name}.py",
}


class NewTaskError(MidpError):
    """A skeleton that is not written: the name is none, or taken, or the folder is there already."""


def new_task(
    name: Annotated[str, typer.Argument(help="Of the task, e.g. stack: lower case, digits and underscores.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the new package; by default NAME_task, where the command runs.")
    ] = None,
) -> None:
    """Write a package with a new task: simulation, expert, contract, training and a test; docs/new_task.md.

    It works as it is written: install it, record, train, evaluate. Then make it yours.
    """
    folder = write_skeleton(name, out or Path(f"{name}_task"))
    print(f"wrote {folder}; next:")
    print(f"  cd {folder}")
    print(f"  {Path(sys.executable)} -m pip install --no-deps --no-build-isolation -e .")
    print(f"  midp record --task {name} --episodes 100 --out data/{name}")


def write_skeleton(name: str, folder: Path) -> Path:
    """Writes the package, all of it or none; returns its folder. Raises NewTaskError or OutputError."""
    from midp_ros.core.package_files import package_path
    from midp_ros.core.seams import TASKS

    if not NAME.fullmatch(name):
        raise NewTaskError(f"task's name {name!r}: need a lower-case letter, then such letters, digits or underscores")
    if iskeyword(name):
        raise NewTaskError(f"task's name {name!r} is a word of Python; choose another, e.g. {name}_part")
    if name in TASKS:
        raise NewTaskError(f"there is a {TASKS.find(name)} already; `midp list tasks` shows all")
    if folder.exists():
        raise NewTaskError(f"{folder} exists already; name another folder with --out")
    words = {"name": name, "Name": name.title().replace("_", ""), "package": f"{name}_task"}
    with writing_folder(folder) as unfinished:
        for source, target in FILES.items():
            text = Template(package_path("config", "new_task", f"{source}.txt").read_text()).substitute(words)
            path = unfinished / target.format(**words)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder
