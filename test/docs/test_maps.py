"""The tables that show where things are: in README.md, docs/architecture.md and midp_ros/__init__.py."""

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_layering import ALLOWED

import midp_ros

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"


def rows(page, first):
    """Cells of the table whose heading begins with this cell."""
    lines = page.read_text().splitlines()
    (start,) = [number for number, line in enumerate(lines) if line.startswith(f"| {first} |")]
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def imported(folder, text):
    """The folders that a description of what one may import names: a list of them, or all but a list."""
    named = {word for word in re.findall(r"[\w-]+", text) if word in ALLOWED}
    return set(ALLOWED) - named - {folder} if text.startswith(("all but", "everything but")) else named


@pytest.mark.parametrize("page", [ROOT / "README.md", ARCHITECTURE], ids=lambda path: path.name)
def test_a_table_of_folders_has_all_of_them_and_what_they_may_import(page):
    found = {
        m[1]: imports for cell, _, imports in rows(page, "folder") if (m := re.fullmatch(r"`midp_ros/(\w+)`", cell))
    }
    assert {folder: imported(folder, text) for folder, text in found.items()} == ALLOWED


def test_the_packages_docstring_has_them_too():
    layers = midp_ros.__doc__.split("enforces this):\n\n")[1].partition("\n\n")[0]
    found = dict(re.findall(r"^    (\w+) +([^:;]+)", layers, re.MULTILINE))
    assert {folder: imported(folder, text) for folder, text in found.items()} == ALLOWED


def executables():
    (nodes,) = [
        statement.value
        for statement in ast.parse((ROOT / "setup.py").read_text()).body
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "NODES"
    ]
    return {name.value for name in ast.walk(nodes) if isinstance(name, ast.Constant)}


def test_the_table_of_nodes_has_all_of_them_by_the_names_that_the_launch_files_give():
    table = {executable.strip("`"): name.strip("`") for name, executable, *_ in rows(ARCHITECTURE, "node | executable")}
    assert set(table) == executables()
    for path in (ROOT / "launch").glob("*.launch.xml"):
        for node in ElementTree.parse(path).getroot().iter("node"):
            assert table[node.get("exec")] == node.get("name"), path.name


def test_the_table_of_launch_files_has_all_of_them():
    named = {cell.strip("`") for cell, _ in rows(ARCHITECTURE, "file")}
    assert named == {path.name for path in (ROOT / "launch").glob("*.launch.xml")}
