"""From demonstrations to a model that runs, by the commands of the README; interrupted in between."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.processes

pytest.importorskip("torch")

from midp_ros.cli.app import command_line  # noqa: E402
from midp_ros.core.card import ModelCard  # noqa: E402
from midp_ros.core.errors import MidpError  # noqa: E402
from midp_ros.learning.checkpoint import Checkpoint  # noqa: E402

MIDP = [sys.executable, "-m", "midp_ros.cli.main"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}
SMALL = ["model.channels=[16,32]", "model.embedding=32", "training.batch=32", "training.save_every=5"]


@pytest.fixture
def midp(tmp_path, monkeypatch, capsys):
    """Runs a command here, where torch is loaded once; returns what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["midp", *map(str, arguments)])  # a model's card shows it
        assert not command_line().main(sys.argv[1:], standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_record_train_interrupt_resume_export_evaluate(midp, tmp_path):
    from midp_ros.core.package_files import package_path

    config = package_path("config", "train", "reach.yaml")
    midp("record", "--task", "reach", "--episodes", 3, "--out", "data/reach")
    train = [*MIDP, "train", str(config), "training.steps=100000", *SMALL]
    process = subprocess.Popen(train, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    checkpoint = tmp_path / "runs" / "reach" / "checkpoint.pt"
    end = time.monotonic() + 60
    while not checkpoint.exists() and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 130 and "Traceback" not in said
    step = int(re.search(r"interrupted at step (\d+) of 100000, checkpoint in runs/reach; the same command", said)[1])
    assert Checkpoint.load(checkpoint).step == step

    # The batch belongs to the run, so another one is refused, with a remedy.
    with pytest.raises(MidpError, match="training.batch: 32 != 16; --fresh starts over"):
        midp("train", config, "training.steps=30", *SMALL, "training.batch=16")

    said = midp("train", config, "training.steps=30", *SMALL, "--fresh")
    assert "3 episodes" in said and (tmp_path / "runs" / "reach" / "metrics.csv").stat().st_size > 0
    said = midp("train", config, "training.steps=32", *SMALL)
    assert "resuming at step 30 of 32" in said and "training.steps was 30" in said
    page = (tmp_path / "runs" / "reach" / "report.html").read_text()
    assert "data:image/png;base64," in page and "tool position" in page and "http" not in page

    midp("export", "runs/reach/checkpoint.pt", "reach.onnx")
    assert (tmp_path / "reach.onnx").stat().st_size < 8e6
    scored = "--json", "scores.json", "--update-card"
    midp("evaluate", "reach.onnx", "--task", "reach", "--episodes", 2, "--worst", 0, *scored)
    assert len(json.loads((tmp_path / "scores.json").read_text())["episodes"]) == 2
    card = ModelCard.read(tmp_path / "reach.json")
    assert card.training_steps == 32 and card.episodes == 3 and "reach" in card.scores
    assert card.command.startswith("midp train") and str(tmp_path) not in card.command
