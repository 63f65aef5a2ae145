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

from midp_ros.core.card import ModelCard  # noqa: E402
from midp_ros.learning.checkpoint import Checkpoint  # noqa: E402

MIDP = [sys.executable, "-m", "midp_ros.cli.main"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}
SMALL = ["model.channels=[16,32]", "model.embedding=32", "training.batch=32", "training.save_every=5"]


def midp(*arguments, cwd):
    done = subprocess.run(
        [*MIDP, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, env=ENVIRONMENT, timeout=110
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_record_train_interrupt_resume_export_evaluate(tmp_path):
    from midp_ros.core.package_files import package_path

    config = package_path("config", "train", "reach.yaml")
    midp("record", "--task", "reach", "--episodes", 3, "--out", "data/reach", cwd=tmp_path)
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
    refused = subprocess.run(
        [*MIDP, "train", str(config), "training.steps=30", *SMALL, "training.batch=16"],
        capture_output=True, text=True, cwd=tmp_path, env=ENVIRONMENT, timeout=60,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "training.batch: 32 != 16; --fresh starts over" in refused.stderr

    said = midp("train", config, "training.steps=30", *SMALL, "--fresh", cwd=tmp_path)
    assert "3 episodes" in said and (tmp_path / "runs" / "reach" / "metrics.csv").stat().st_size > 0
    said = midp("train", config, "training.steps=32", *SMALL, cwd=tmp_path)
    assert "resuming at step 30 of 32" in said and "training.steps was 30" in said
    page = (tmp_path / "runs" / "reach" / "report.html").read_text()
    assert "data:image/png;base64," in page and "tool position" in page and "http" not in page

    midp("export", "runs/reach/checkpoint.pt", "reach.onnx", cwd=tmp_path)
    assert (tmp_path / "reach.onnx").stat().st_size < 8e6
    midp(
        "evaluate", "reach.onnx", "--task", "reach", "--episodes", 2, "--json", "scores.json", "--update-card",
        cwd=tmp_path,
    )  # fmt: skip
    assert len(json.loads((tmp_path / "scores.json").read_text())["episodes"]) == 2
    card = ModelCard.read(tmp_path / "reach.json")
    assert card.training_steps == 32 and card.episodes == 3 and "reach" in card.scores
    assert card.command.startswith("midp train") and str(tmp_path) not in card.command
