"""`midp train` on a zarr file and `midp evaluate --task pusht`, as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pusht_files import arrays, write_model, write_zarr, zip_folder

from midp_ros.cli.evaluation.pusht_episodes import evaluate
from midp_ros.core.card import ModelCard
from midp_ros.core.errors import ContractMismatchError
from midp_ros.core.package_files import package_path

pytestmark = pytest.mark.processes

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}
SMALL = ["model.channels=[16,32]", "model.embedding=32", "training.batch=8", "training.steps=4"]


def midp(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "midp_ros.cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=ENVIRONMENT, timeout=110)


@pytest.mark.slow
def test_training_reads_zarr_and_warns_of_other_demonstrations(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    zip_folder(write_zarr(tmp_path / "demo.zarr", arrays()), tmp_path / "demo.zip")
    config = package_path("config", "train", "pusht.yaml")
    done = midp("train", config, "data=demo.zip", *SMALL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "does not hold the published Push-T demonstrations" in done.stdout
    assert "2 episodes, 42 windows" in done.stdout and (tmp_path / "runs/pusht/checkpoint.pt").is_file()


def test_evaluating_writes_the_figures_and_the_card(tmp_path: Path) -> None:
    model = write_model(tmp_path / "pusht.onnx")
    done = midp(
        "evaluate", model.name, "--task", "pusht", "--episodes", 3, "--seed", 100000, "--jobs", 2,
        "--json", "out/scores.json", "--update-card", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out/scores.json").read_text())
    assert f"average maximum reward {report['average_max_reward']:.3f}" in done.stdout
    assert [e["seed"] for e in report["episodes"]] == [100000, 100001, 100002]
    assert report["card"]["parameters"] == 42
    score = ModelCard.read(tmp_path / "pusht.json").scores["pusht"]
    assert score["average_max_reward"] == report["average_max_reward"] and score["episodes"] == 3


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    model, seeds, told = write_model(tmp_path / "pusht.onnx"), range(50, 62), []
    one, two = evaluate(model, seeds, jobs=1), evaluate(model, seeds, jobs=2, on_scores=told.append)
    assert [s.seed for s in one] == [s.seed for s in two] == list(seeds) and sum(told) == 12
    assert [s.max_reward for s in one] == pytest.approx([s.max_reward for s in two], abs=1e-6)


def test_a_policy_of_another_skill_is_refused() -> None:
    with pytest.raises(ContractMismatchError, match="has learned 'pick', not 'pusht'"):
        evaluate(package_path("models", "pick.onnx"), [0])
