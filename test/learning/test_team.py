"""Several processes train as one does: the same losses and weights, whatever is drawn at random."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

torch = pytest.importorskip("torch")

from synthetic import reach_episode, small_config  # noqa: E402

from midp_ros.core.plain_data import ConfigError  # noqa: E402
from midp_ros.learning.checkpoint import Checkpoint  # noqa: E402
from midp_ros.learning.config import HistoryBottleneckConfig  # noqa: E402
from midp_ros.learning.dataset import build_dataset  # noqa: E402
from midp_ros.learning.monitoring.metrics_file import read_metrics  # noqa: E402
from midp_ros.learning.team import Team, team_of  # noqa: E402
from midp_ros.learning.training import Training  # noqa: E402
from midp_ros.recording import write_episode  # noqa: E402

MIDP = ["-m", "midp_ros.cli.main", "train"]
TWO = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *MIDP]
STEPS = 100


def test_parts_of_a_batch_are_disjoint_and_are_all_of_it():
    whole = torch.arange(12)
    parts = [Team(rank, 3).part(whole, whole + 1) for rank in range(3)]
    assert sorted(int(x) for part, _ in parts for x in part) == list(range(12))
    assert all(torch.equal(a + 1, b) and len(a) == 4 for a, b in parts)
    assert Team().part(whole)[0] is whole


def test_a_batch_that_does_not_fall_into_equal_parts_is_refused():
    dataset = build_dataset([reach_episode(0)])
    with pytest.raises(ConfigError, match="training.batch: got 32, need a multiple of the 3 processes"):
        Training(small_config(), dataset, team=Team(0, 3))


def test_the_place_in_a_team_is_torchruns():
    assert team_of({}) == Team() and Team().leads
    assert team_of({"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}) == Team(5, 8, 1)


def test_the_noises_of_a_window_stay_with_it():
    """Two processes' losses have the mean of the whole batch's, of whose windows each is noised three times."""
    dataset = build_dataset([reach_episode(0)])
    losses = [
        float(training._loss(*training._draw())[0])
        for training in (
            Training(small_config(noise_draws=3), dataset, team=team) for team in (Team(), Team(0, 2), Team(1, 2))
        )
    ]
    assert losses[0] == pytest.approx((losses[1] + losses[2]) / 2, rel=1e-5)


@pytest.mark.slow
@pytest.mark.processes
def test_two_processes_give_the_losses_and_weights_of_one(tmp_path: Path):
    """By torchrun, over Gloo; the history bottleneck has random numbers of its own."""
    for number in range(4):
        write_episode(tmp_path / "data" / f"episode_{number:06d}.mcap", reach_episode(number))
    config = replace(
        small_config(steps=STEPS, log_every=1, save_every=STEPS),
        name="one",
        data=str(tmp_path / "data"),
        runs=str(tmp_path / "runs"),
        history_bottleneck=HistoryBottleneckConfig(weight=0.1),
        held_out=0.25,
    )
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump(config.to_dict()))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}
    runs = [
        subprocess.Popen(
            [sys.executable, *how, str(path), f"name={name}"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name, how in (("one", MIDP), ("two", TWO))
    ]
    one, two = (run.communicate(timeout=200)[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0], one + two
    assert "2 processes" in two and two.count("report: ") == 1, "one process speaks for all"
    (a, b) = (read_metrics(tmp_path / "runs" / name / "metrics.csv") for name in ("one", "two"))
    for key in ("denoising_error", "held_out_error", "history_information", "gradient_norm"):
        assert [row[key] for row in b] == pytest.approx([row[key] for row in a], rel=1e-5, abs=1e-5), key
    assert len(a) == STEPS
    first, second = (Checkpoint.load(tmp_path / "runs" / name / "checkpoint.pt").ema for name in ("one", "two"))
    for key in first:
        torch.testing.assert_close(first[key], second[key], rtol=1e-4, atol=1e-5)
