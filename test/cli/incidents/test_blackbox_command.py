"""`midp blackbox` on files of a planted incident: verdict, page, replay, companions, refusals."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[2] / "blackbox"))
from planted_causes import incident, position_off

from midp_ros.cli.app import app, command_line
from midp_ros.core.errors import FileFormatError, MidpError

command_line()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boxes")
    for side, content in incident(position_off).items():
        (folder / f"20261128T120000_{side}_reflex.mcap").write_bytes(content)
    return folder


def run(*arguments):
    return CliRunner().invoke(app, ["blackbox", *map(str, arguments)], catch_exceptions=False)


def test_names_limit_joint_millisecond_and_culprit_and_writes_a_page(files, tmp_path):
    done = run(files / "20261128T120000_robot_reflex.mcap", "--out", tmp_path / "page.html", "--replay")
    assert done.exit_code == 0, done.output
    assert "culprit: hand-over; commanded acceleration of fr3_joint" in done.output
    assert "at 551 ms" in done.output
    assert "replay: the stand-in stops, too, +0 ms" in done.output
    assert "one side only" not in done.output  # the policy's file lies beside it
    text = (tmp_path / "page.html").read_text()
    assert text.count("<svg") >= 7
    assert "http" not in text.replace("http://www.w3.org", "")


def test_json_holds_all_of_it(files):
    done = run(files / "20261128T120000_policy_reflex.mcap", "--json", "--no-page")
    found = json.loads(done.output)
    assert (found["culprit"], found["time_ms"]) == ("hand-over", 551)
    assert len(found["files"]) == 2
    assert abs(found["wall_ns"] / 1e9 - 1_790_000_000.551) < 1e-3


def test_a_page_that_cannot_be_written_is_refused_before_the_verdict(files, tmp_path, capsys):
    with pytest.raises(MidpError, match="it is a folder; give a file's name in it"):
        run(files / "20261128T120000_robot_reflex.mcap", "--out", tmp_path)
    assert "culprit" not in capsys.readouterr().out


def test_what_is_no_black_box_is_refused(tmp_path):
    (tmp_path / "other.mcap").write_bytes(b"no")
    with pytest.raises(FileFormatError, match="no MCAP file"):
        run(tmp_path / "other.mcap")
    with pytest.raises(MidpError, match="give a black box's file"):
        run()
