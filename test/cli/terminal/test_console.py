"""Square brackets come out as they are written: in help, tables, progress bars and errors."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import pytest
import typer
from rich.console import Console
from rich.table import Table

import midp_ros.cli
from midp_ros.cli import app as midp
from midp_ros.cli.terminal.console import complain, plain_console, say, warn
from midp_ros.cli.terminal.progress import progress_bar

CLI = Path(midp_ros.cli.__file__).parent


def shown(output: str) -> str:
    """Text without boxes and line breaks."""
    return re.sub(r"\s+", " ", re.sub(r"[─-╿]", " ", output))


def groups() -> tuple[object, dict[str, object]]:
    command = midp.command_line()
    return command, typer.main.get_command(midp.app).commands  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", *(command.replace("_", "-") for command in midp.COMMANDS)])
def test_every_help_text_is_shown_as_written(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "180")
    rendered, written = groups()
    with pytest.raises(SystemExit) as ended:
        rendered.main([name, "--help"] if name else ["--help"], prog_name="midp")  # type: ignore[attr-defined]
    assert ended.value.code == 0
    text = shown(capsys.readouterr().out)
    if not name:
        assert all(command in text for command in written)
        return
    original = written[name]
    texts = [original.help, *(getattr(p, "help", None) for p in original.params)]  # type: ignore[attr-defined]
    for help_text in filter(None, texts):
        for sentence in re.split(r"(?<=[.:;]) |\n", help_text):
            brackets = re.findall(r"\[[^\]]+\]", sentence)
            assert all(bracket in text for bracket in brackets), sentence


def test_units_are_there_to_be_lost():
    """The test above means nothing without a unit in some help."""
    _, written = groups()
    texts = [getattr(p, "help", None) or "" for c in written.values() for p in c.params]  # type: ignore[attr-defined]
    assert any("[s]" in text for text in texts) and any("[m]" in text for text in texts)


def test_texts_tables_and_bars_keep_their_brackets(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    say("written to out[1]/x [mm]")
    warn("midp_ros[pusht] is missing")
    complain("pip install 'midp_ros[train]' brings it :smile:")
    table = Table("time [s]", "error [mm]", title="in [s]")
    table.add_row("1 [a]", "2 [b]")
    plain_console().print(table)
    out, errors = capsys.readouterr()
    for text in ("out[1]/x [mm]", "warning: midp_ros[pusht]", "time [s]", "error [mm]", "in [s]", "1 [a]", "2 [b]"):
        assert text in out
    assert "error: pip install 'midp_ros[train]' brings it :smile:" in errors
    terminal = Console(file=io.StringIO(), force_terminal=True, width=120)
    with progress_bar(terminal) as progress:
        progress.add_task("recording d[a]", total=2)
    assert "recording d[a]" in terminal.file.getvalue()  # type: ignore[attr-defined]


def test_every_console_is_a_plain_one():
    """A rich Console of its own would take brackets as markup, and so would a text with a style in brackets."""
    for path in sorted(CLI.rglob("*.py")):
        if path.name == "console.py":
            continue
        tree = ast.parse(path.read_text())
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        assert not [c.lineno for c in calls if c.func.id == "Console"], path
        assert not re.findall(r"\[(?:/|bold|red|green|yellow)\b[^\]]*\]", path.read_text()), path
