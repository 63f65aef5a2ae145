"""`midp reproduce` with a made-up study: what is run again, what stays, what is said and written."""

from __future__ import annotations

import importlib
import json
import os
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from midp_ros.cli.experiments.reproduce import reproduce
from midp_ros.core.errors import OutputError
from midp_ros.core.seams import STUDIES
from midp_ros.reproduce.kept import chosen, state_of, work_through
from midp_ros.reproduce.study import Figure, Page, Part, Study, Table


class Coins:
    """A study of three parts that counts its runs; what happens in one may be set.

    Attributes:
        happens: by part: an exception to raise, or another result.
    """

    def __init__(self):
        self.runs: list[str] = []
        self.happens: dict[str, object] = {}
        self.settings: dict[str, dict] = {name: {"seed": 0, "sides": (1, 2)} for name in ("a", "b", "c")}

    def parts(self, quick: bool) -> list[Part]:
        def work(name):
            def toss(report, files):
                self.runs.append(name)
                report(1, 2, "tosses [s]")
                (files / f"{name}.bin").write_bytes(b"1")
                what = self.happens.get(name, {"heads": 1 + len(name), "quick": quick})
                if isinstance(what, BaseException):
                    raise what
                return what

            return toss

        return [Part(name, settings, work(name)) for name, settings in self.settings.items()]

    def page(self, results, folder, quick) -> Page:
        rows = [[name, str(result["heads"])] for name, result in results.items()]
        (folder / "coins.png").write_bytes(b"")
        found = ["Text [s].", Table("Coins", ["coin|part", "heads [1]"], rows), Figure("coins.png", "Two coins")]
        return Page(f"{len(rows)} tosses", found, "It holds [here].")


app = typer.Typer()
app.command()(reproduce)


@pytest.fixture
def coins(monkeypatch):
    made = Coins()
    study = Study("coins", "Fair coins", "A. Author, 2024", "Heads\nand tails.", made.parts, made.page)
    monkeypatch.setattr(STUDIES, "load", lambda name: study)
    return made


@pytest.fixture
def midp(tmp_path, monkeypatch, coins):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str, status: int = 0) -> str:
        done = CliRunner().invoke(app, ["coins", *arguments])
        assert done.exit_code == status, done.output
        return done.output

    return run


def test_a_part_is_run_once_and_the_page_tells_all(coins, midp):
    said = midp()
    assert coins.runs == ["a", "b", "c"]
    page = Path("docs/results/coins/README.md").read_text()
    assert page.startswith("# Fair coins\n\n`midp reproduce coins` makes this page. Source: A. Author, 2024.\n")
    assert "## Claim\n\n> Heads\n> and tails.\n" in page and "3 tosses" in page
    assert "| coin\\|part | heads [1] |\n| --- | --- |\n| a | 2 |\n| b | 2 |" in page
    assert "![Two coins](coins.png)" in page and "It holds [here]." in page and re.search(r"cores: \d+\.\d min", page)
    assert "heads [1]" in said and "It holds [here]." in said
    assert "3 of 3 parts are done" in midp() and coins.runs == ["a", "b", "c"]
    kept = json.loads(Path("docs/results/coins/results/a.json").read_text())
    assert kept["result"] == {"heads": 2, "quick": False} and kept["settings"] == {"seed": 0, "sides": [1, 2]}
    assert set(kept) == {"settings", "result", "seconds", "machine", "version", "date"}
    assert Path("docs/results/coins/files/a.bin").exists()


def test_other_settings_or_a_damaged_file_are_run_again_and_said(coins, midp):
    midp("--quick")
    coins.settings["b"]["seed"] = 5
    broken = Path("docs/results/coins/quick/results/c.json")
    broken.write_text(broken.read_text()[:-9])
    said = midp("--quick")
    assert coins.runs == ["a", "b", "c", "b", "c"]
    assert "b.json was made with seed: 0 != 5; b is run again" in said and "c.json is damaged" in said
    assert len(re.findall("is run again", said)) == 2


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("result", None, "result: got None, need a mapping"),
        ("result", [], "result: got [], need a mapping"),
        ("result", {"heads": float("nan")}, "it holds NaN"),
        ("seconds", "x", "seconds: got 'x', need a finite number"),
        ("machine", {}, "machine lacks 'cpu'"),
        ("machine", None, "machine: got None, need a mapping with cpu, cores, threads, load"),
        ("date", [5], "date: got [5], need a text"),
        ("settings", None, "settings: got None, need a mapping"),
    ],
)
def test_a_file_of_other_types_is_damaged_and_run_again(coins, midp, key, value, said):
    midp("--out", "here")
    path = Path("here/results/b.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    only = midp("--out", "here", "--report-only")
    assert f"b.json is damaged: {said}; b counts as not done" in " ".join(only.split())
    assert "Not done: b;" in Path("here/README.md").read_text()
    assert f"b.json is damaged: {said}; b is run again" in " ".join(midp("--out", "here").split())
    assert coins.runs == ["a", "b", "c", "b"] and "Not done" not in Path("here/README.md").read_text()


@pytest.mark.parametrize("page", ["# Notes of mine\n", "# Other\n\n`midp reproduce dice` makes this page.\n"])
def test_a_page_of_something_else_is_not_written_over(coins, midp, page):
    Path("here").mkdir()
    Path("here/README.md").write_text(page)
    done = CliRunner().invoke(app, ["coins", "--out", "here"])
    assert isinstance(done.exception, OutputError) and "not a page of the study coins" in str(done.exception)
    assert Path("here/README.md").read_text() == page and not coins.runs and not Path("here/results").exists()


def test_a_new_key_that_is_off_runs_nothing_again(coins, midp):
    coins.settings["a"]["toss"] = {"height_m": 1.0}
    midp()
    coins.settings["a"]["toss"] |= {"spin": 0.0, "surface": {}, "wind": None}
    coins.settings["b"]["spin"] = 0.5
    assert "b.json was made with spin: None != 0.5" in midp()
    assert coins.runs == ["a", "b", "c", "b"]


def test_an_interruption_keeps_what_is_done(coins, midp):
    coins.happens["b"] = KeyboardInterrupt()
    said = midp(status=130)
    assert "the same command goes on" in said
    page = Path("docs/results/coins/README.md").read_text()
    assert "Not done: b, c; the same command runs what is missing." in page and "| a | 2 |" in page
    del coins.happens["b"]
    midp()
    assert coins.runs == ["a", "b", "b", "c"]


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (ZeroDivisionError("division by [zero]"), "ZeroDivisionError: division by [zero]"),
        ({"heads": float("nan")}, "docs/results/coins/results/b.json would hold what is no plain data"),
        ({"heads": {1, 2}}, "docs/results/coins/results/b.json would hold what is no plain data"),
    ],
)
def test_a_part_that_fails_does_not_end_the_others(coins, midp, happens, said):
    coins.happens["b"] = happens
    output = midp(status=1)
    assert coins.runs == ["a", "b", "c"] and f"b: {said}" in output
    assert "Not done: b;" in Path("docs/results/coins/README.md").read_text()


def test_only_some_parts_and_only_the_page(coins, midp):
    midp("--only", "[ac]", "--out", "here")
    assert coins.runs == ["a", "c"]
    Path("here/README.md").unlink()
    midp("--report-only", "--out", "here")
    assert coins.runs == ["a", "c"] and "| c | 2 |" in Path("here/README.md").read_text()
    assert "no part is done" in midp("--report-only", "--out", "elsewhere", status=1)
    with pytest.raises(Exception, match=r"unknown part 'd'; known: a, b, c"):
        chosen(coins.parts(False), ["d"])


def test_a_result_is_what_its_file_gives_back(coins, tmp_path):
    (part, *_) = coins.parts(False)
    kept = work_through(part, tmp_path, lambda *_: None)
    assert state_of(part, tmp_path).kept == kept and kept.settings == {"seed": 0, "sides": [1, 2]}


def test_an_unknown_study_is_answered_with_the_known_ones():
    done = CliRunner().invoke(app, ["nothing_like_it"])
    assert "unknown study 'nothing_like_it'" in str(done.exception)


TOSSES = """
import os, time
from midp_ros.reproduce.study import Page, Part, Study, Table

def toss(name, report, files):
    report(1, 2, "tosses")
    (files / f"{name}.began").write_text("")
    end_s = time.monotonic() + 20.0
    while name == "a" and not (files / "b.began").exists() and time.monotonic() < end_s:
        time.sleep(0.01)  # beside it
    if name == "after_a":
        assert (files / "a.over").exists()
    if name == "wrong":
        raise ValueError("the coin stood")
    (files / f"{name}.over").write_text("")
    return {"process": os.getpid(), "beside": (files / "b.began").exists()}

def parts(quick):
    from functools import partial
    names = {"a": "", "after_a": "a", "b": "", "wrong": ""}
    return [Part(name, {}, partial(toss, name), after) for name, after in names.items()]

def page(results, folder, quick):
    return Page("", [Table("", ["parts"], [[name] for name in results])], "It holds.")

STUDY = Study("side_by_side", "Coins", "A. Author, 2024", "Heads.", parts, page)
"""


@pytest.mark.slow
@pytest.mark.processes
def test_parts_side_by_side_and_each_after_the_one_whose_files_it_uses(tmp_path, monkeypatch):
    (tmp_path / "tosses.py").write_text(TOSSES)
    about = tmp_path / "tosses-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tosses\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[midp_ros.studies]\nside_by_side = tosses:STUDY\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(STUDIES, "load", lambda name: importlib.import_module("tosses").STUDY)  # here; found there
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    out = tmp_path / "out"
    ended = CliRunner().invoke(app, ["side_by_side", "--jobs", "2", "--out", str(out)])
    assert ended.exit_code == 1 and "wrong: ValueError: the coin stood" in ended.output, ended.output
    found = {path.stem: json.loads(path.read_text())["result"] for path in (out / "results").glob("*.json")}
    assert set(found) == {"a", "after_a", "b"} and found["a"]["beside"]
    assert os.getpid() not in {result["process"] for result in found.values()}
