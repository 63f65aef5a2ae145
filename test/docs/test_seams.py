"""The pages that list what another package may add have every kind of name; docs/new_task.md, the skeleton's lines."""

import re
from pathlib import Path

from midp_ros.cli.new_task import FILES
from midp_ros.core import seams
from midp_ros.core.seams.catalogue import REGISTRIES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NEW_TASK = (DOCS / "new_task.md").read_text()


def section(page, heading):
    return page.split(f"\n{heading}\n")[1].partition("\n## ")[0]


def test_a_new_task_lists_the_groups_of_entry_points():
    groups = re.findall(r"^\| `(midp_ros\.\w+)` \|", section(NEW_TASK, "## More than a task"), re.MULTILINE)
    assert sorted(groups) == sorted(registry.group for registry in REGISTRIES)


def test_the_architecture_names_the_kinds():
    text = section((DOCS / "architecture.md").read_text(), "## Seams")
    assert not [r.group for r in REGISTRIES if r.group.removeprefix("midp_ros.") not in text]


def test_the_api_names_the_registries():
    text = section((DOCS / "api" / "core.md").read_text(), "## `core.seams`").partition(":::")[0]
    known = {name for name, value in vars(seams).items() if any(value is registry for registry in REGISTRIES)}
    assert set(re.findall(r"`([A-Z]+)`", text)) == known and len(known) == len(REGISTRIES)


def test_the_lines_of_the_skeleton_are_counted():
    table = re.findall(r"^\| `(?:\./)?([\w/.]+)` \| (\d+) \|", NEW_TASK, re.MULTILINE)
    stated = {name: int(lines) for name, lines in table}
    texts = {
        target.format(name="hover", package="hover_task"): ROOT / "config" / "new_task" / f"{source}.txt"
        for source, target in FILES.items()
    }
    counted = {name: len(path.read_text().splitlines()) for name, path in texts.items()}
    assert stated == {name: counted[name] for name in stated} and len(stated) == 6
    (total,) = re.findall(r"The skeleton is (\d+) lines", NEW_TASK)
    assert int(total) == sum(lines for name, lines in stated.items() if name != "pyproject.toml")
    assert set(counted) - set(stated) == {"README.md", "hover_task/__init__.py"}


def test_the_api_shows_each_package_that_has_a_page():
    index = (DOCS / "api" / "index.md").read_text()
    pages = {path.stem for path in (DOCS / "api").glob("*.md")} - {"index"}
    assert set(re.findall(r"^\| \[`midp_ros\.(\w+)`\]\(\1\.md\)", index, re.MULTILINE)) == pages
