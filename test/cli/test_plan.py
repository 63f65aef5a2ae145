"""`midp plan`: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from midp_ros.cli.app import command_line
from midp_ros.core.errors import MidpError
from midp_ros.kinematics import RobotProfile

WALL = "obstacles: [{name: wall, shape: box, size_m: [0.2, 0.1, 0.7], position_m: [0.45, 0, 0.35]}]\n"
LEFT, RIGHT = "0.9 -0.785 0 -2.356 0 1.57 0.785", "-0.9, -0.785, 0, -2.356, 0, 1.57, 0.785"


def run(*arguments):
    import typer

    assert isinstance(command_line(), typer.core.TyperGroup)
    from midp_ros.cli.app import app

    result = CliRunner().invoke(app, ["plan", "--planner", "builtin", *map(str, arguments)])
    if isinstance(result.exception, MidpError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
def test_a_motion_is_printed_saved_and_drawn(tmp_path):
    (tmp_path / "wall.yaml").write_text(WALL)
    names = [tmp_path / f"plan.{kind}" for kind in ("json", "csv", "png")]
    outs = [part for name in names for part in ("--out", name)]
    output = run("--start", LEFT, "--joints", RIGHT, "--obstacles", tmp_path / "wall.yaml", *outs)
    assert "builtin: " in output and "tightest place: " in output and "'wall'" in output
    saved = json.loads(names[0].read_text())
    assert saved["joint_names"] == list(RobotProfile.load("fr3").joint_names)
    rows = list(csv.DictReader(names[1].open()))
    np.testing.assert_allclose([float(row["time_s"]) for row in rows], saved["time_s"], rtol=1e-6)
    np.testing.assert_allclose(saved["position_rad"][-1], [float(x) for x in RIGHT.split(",")])
    assert names[2].read_bytes().startswith(b"\x89PNG")


def test_a_task_s_scene_is_in_the_way():
    with pytest.raises(MidpError, match="goal is in collision .* 'pick_1'"):
        run("--task", "pick", "--seed", "0", "--pose", "0.541 -0.069 0.03")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "one of --joints and --pose"),
        (("--joints", "1 2"), "--joints: got 2 numbers, need 7"),
        (("--joints", "a b c d e f g"), "is not made of numbers"),
        (("--pose", "0.5 0"), "--pose: got 2 numbers"),
        (("--pose", "0.5 0 0.3 0 0 0 0"), "not a rotation"),
        (("--pose", "0.5 0 nan"), "not finite"),
        (("--pose", "0.5 0 0.3", "--table-height-m", "nan"), "table height: got nan"),
        (("--pose", "0.5 0 0.3", "--table-height-m=-inf"), "table height: got -inf"),
        (("--pose", "2 0 0.3"), "cannot be reached"),
        (("--joints", "0 0 0 1 0 2 0"), "fr3_joint4 = 1 rad, limits"),
        (("--joints", "ready", "--obstacles", "nowhere.yaml"), "cannot read obstacles nowhere.yaml"),
        (("--joints", "ready", "--out", "plan.txt"), "need .json, .csv or .png"),
        (("--joints", "ready", "--task", "pik"), "did you mean 'pick'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, reason):
    with pytest.raises(MidpError, match=reason) as error:
        run(*arguments)
    assert "\n" not in str(error.value)
