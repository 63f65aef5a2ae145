"""`midp record` and `midp evaluate` with `--ray local`, as a user types them: what processes of this machine give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.processes]

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}


def midp(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "midp_ros.cli.main", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=ENVIRONMENT, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_record_writes_the_same_files(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="extra cluster: ray")
    record = ("record", "--task", "reach", "--episodes", "3", "--seed", "40", "--workers", "2", "--out")
    said = midp(tmp_path, *record, "elsewhere", "--ray", "local")
    assert "kept 3 episodes" in said and "0 failed" in said
    midp(tmp_path, *record, "here")
    elsewhere, here = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("elsewhere", "here"))
    assert len(here) >= 3 and elsewhere == here


def test_evaluate_reports_the_same_episodes(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="extra cluster: ray")

    def episodes(*options: str) -> list[dict[str, Any]]:
        evaluate = ("evaluate", "expert", "--task", "reach", "--episodes", "3", "--seed", "7", "--jobs", "2")
        midp(tmp_path, *evaluate, "--json", "scores.json", *options)
        return json.loads((tmp_path / "scores.json").read_text())["episodes"]

    elsewhere = episodes("--ray", "local")
    assert [e["seed"] for e in elsewhere] == [7, 8, 9] and elsewhere == episodes()
