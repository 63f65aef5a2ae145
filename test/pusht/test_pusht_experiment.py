"""`midp experiment` on a tiny Push-T, as a user types it: killed in its training, and gone on with to the report."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from pusht_files import arrays, write_zarr

from midp_ros.core.package_files import package_path

pytestmark = pytest.mark.processes

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}
MIDP = [sys.executable, "-m", "midp_ros.cli.main", "experiment", "tiny.yaml", "data=demo.zarr"]
STEPS = 300
TINY = [f"training.steps={STEPS}", "model.embedding=16", "training.batch=8", "training.log_every=1"]
SETTINGS = {
    **{"name": "tiny", "baseline": "none", "seeds": [0], "sizes": {"small": [8, 16]}},
    "tasks": {
        "pusht": {
            "train": str(package_path("config", "train", "pusht.yaml")),
            "overrides": [*TINY, "training.save_every=2"],
            "episodes": 2,
        }
    },
    "variants": {
        "none": {"regulariser": None},
        "published": {"regulariser": {"x": "noisy_action", "y": "predicted_noise", "weight": 0.01}},
    },
}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_experiment_goes_on_to_its_report(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    # A hundredth of Push-T's size: at hundreds of pixels float32 itself is coarser than an export's tolerance.
    small = {name: array if name == "meta/episode_ends" else array / 100 for name, array in arrays().items()}
    write_zarr(tmp_path / "demo.zarr", small)
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(SETTINGS, sort_keys=False))
    command = [*MIDP, "--only", "*/published/*"]
    run_dir = tmp_path / "runs/tiny/pusht-small-published-0"
    process = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while not (run_dir / "checkpoint.pt").exists() and time.monotonic() < end:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert (run_dir / "checkpoint.pt").exists() and not (tmp_path / "docs").exists()

    # Until the killed command's training has noticed, the run is its own, and says so.
    end = time.monotonic() + 120
    while (done := midp(command, tmp_path)).returncode == 1 and time.monotonic() < end:
        assert "another process is at work" in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pusht/small/published/0: " in done.stdout and "starting over" not in done.stdout
    with open(run_dir / "metrics.csv", newline="") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == list(range(1, STEPS + 1))

    text = (tmp_path / "docs/results/tiny/pusht-small-published-0.json").read_text()
    result = json.loads(text)
    assert len(result["rewards"]) == 2 and result["average"] == pytest.approx(sum(result["rewards"]) / 2, abs=1e-4)
    assert result["curve"]["step"][-1] == STEPS and None not in result["curve"]["bound"]
    assert result["demonstrations"] == 2 and result["parameters"] > 0 and str(tmp_path) not in text
    assert "1 of 2 runs are done" in (tmp_path / "docs/results/tiny/README.md").read_text()


def midp(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=ENVIRONMENT, timeout=200)
