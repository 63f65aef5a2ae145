"""The documentation keeps up with the package: its links, files, commands, arguments and quoted messages exist."""

import ast
import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer.main

from midp_ros.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "api").glob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(
    r"(?:^|[`;(|&]\s*|\.venv/bin/)(midp [a-z].*?|ros2 launch midp_ros .*?)(?=`|$|\s{2,}|\s#)", re.MULTILINE
)
FOLDERS = "midp_ros|control|nodes|kinematics|learning|core|config|launch|docs|test|examples|models"
SOURCE_PATH = re.compile(rf"`((?:{FOLDERS})/[\w./*-]+\.\w+)`")


def named(paths):
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("page", named(PAGES))
def test_its_relative_links_lead_to_files(page):
    for target in LINK.findall(page.read_text()):
        path = target.partition("#")[0]
        if path and "://" not in path:
            assert (page.parent / path).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", named(PAGES))
def test_the_files_that_it_names_exist(page):
    for name in SOURCE_PATH.findall(page.read_text()):
        found = [place for place in (ROOT, ROOT / "midp_ros") if any(place.glob(name))]
        assert found, f"{page.name} names {name}"


@lru_cache
def launch_arguments(name):
    paths = [*(ROOT / "launch").rglob(f"{name}.launch.xml")]
    assert paths, f"no launch file {name}"
    return {tag.get("name") for tag in ElementTree.parse(paths[0]).getroot().findall("arg")}


@lru_cache
def commands():
    """`midp`'s commands, as its entry point registers them."""
    app._register()
    return typer.main.get_command(app.app).commands


def options(words):
    """Of `midp COMMAND`, or of a group's command."""
    command = commands()[words[0]]
    command = getattr(command, "commands", {}).get(words[1] if len(words) > 1 else "", command)
    return {option for p in command.params for option in (*p.opts, *p.secondary_opts)}


@pytest.mark.parametrize("page", named(PAGES))
def test_its_commands_exist_with_their_options_and_arguments(page):
    for line in COMMAND.findall(page.read_text().replace("\\\n", " ")):
        words = line.split()
        if words[0] == "ros2":
            launched, rest = words[3].removesuffix(".launch.xml"), words[4:]
        elif words[1] == "launch":
            launched, rest = words[2] if len(words) > 2 else "", words[3:]
        else:
            launched, rest = "", words[2:]
            given = {word.partition("=")[0] for word in rest if word.startswith("--")}
            unknown = given - options(words[1:]) - {"--help"}
            assert not unknown, f"{page.name}: {line}: unknown {unknown}"
        if launched and launched.islower():
            given = {word.partition(":=")[0] for word in rest if ":=" in word}
            assert given <= launch_arguments(launched), f"{page.name}: {line}: {given - launch_arguments(launched)}"


@lru_cache
def texts():
    """All string literals of the package, f-strings with a mark where a value stands; and the set-up's script."""
    found = []
    for path in (ROOT / "midp_ros").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(p.value if isinstance(p, ast.Constant) else "\0" for p in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join([*found, *(path.read_text() for path in (ROOT / "scripts").glob("*.sh"))])


def quoted_messages():
    """The messages of the troubleshooting page: first cells that are one piece of code."""
    return re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/troubleshooting.md").read_text(), re.MULTILINE)


def test_there_are_messages():
    assert len(quoted_messages()) > 50


@pytest.mark.parametrize("message", quoted_messages())
def test_a_message_of_the_troubleshooting_page_is_one_of_the_packages(message):
    for part in (part.strip(" :();,") for part in message.split("…")):
        assert len(part) < 3 or part in texts(), (
            f"docs/troubleshooting.md quotes {part!r}: no message holds it any more"
        )


ARGUMENT = re.compile(r"(?P<parameter>-p\s+)?(?<![\w/])(?P<name>[a-z_]+):=")


@pytest.mark.parametrize("page", named(PAGES))
def test_what_it_writes_as_a_launch_argument_is_one(page):
    """`cameras:=front` was documented before a launch file had it."""
    known = set().union(*(launch_arguments(p.name.removesuffix(".launch.xml")) for p in ROOT.glob("launch/**/*.xml")))
    found = {m["name"] for m in ARGUMENT.finditer(page.read_text()) if not m["parameter"]}
    assert found - {"name"} <= known, f"{page.name}: {found - known}: a node's parameter is written -p NAME:=VALUE"


def texts_of_parameters():
    return {p.stem: p.read_text() for p in (ROOT / "launch" / "parameters").glob("*.yaml")}


@pytest.mark.parametrize("name", [p.name.partition(".")[0] for p in sorted((ROOT / "launch").glob("*.xml"))])
def test_every_launch_argument_is_used(name):
    """By the file itself, or by the parameters of a node that it, or a file that it includes, starts."""
    text = (ROOT / "launch" / f"{name}.launch.xml").read_text()
    used = text + "".join(t for node, t in texts_of_parameters().items() if f"/{node}.yaml" in text)
    assert not [a for a in launch_arguments(name) if f"$(var {a})" not in used]


def test_the_page_of_commands_has_them_all() -> None:
    """Those of groups and the operator's, too; brackets as they are written."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "extensions" / "reference.py")
    assert spec is not None and spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    page = reference.on_page_markdown((ROOT / "docs" / "commands.md").read_text())
    missing = [name for name in app.command_line().commands if f"\n## midp {name}" not in page]
    assert not missing and "## midp data replay\n" in page and "[s]" in page and "\\[" not in page
