"""Several processes train as one does: the same losses and weights, whatever is drawn at random."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from synthetic import reach_episode, small_config

from midp_ros.cli.terminal.console import plain_console
from midp_ros.cli.train import prepare
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning import team as team_module
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import HistoryBottleneckConfig, RegulariserConfig
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.monitoring.metrics_file import read_metrics
from midp_ros.learning.team import Team, join, team_of
from midp_ros.learning.training import Training
from midp_ros.recording import write_episode

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


def test_a_process_joins_with_its_own_gpu(monkeypatch):
    """`cuda` alone means the present GPU, for NCCL, too."""
    calls = []
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: calls.append(device))
    monkeypatch.setattr(team_module.dist, "init_process_group", lambda backend: calls.append(backend))
    join(Team(3, 4, 1), torch.device("cuda:1"))
    join(Team(1, 2, 1), torch.device("cpu"))
    join(Team(), torch.device("cuda:1"))
    assert calls == [torch.device("cuda:1"), "nccl", "gloo"]


def test_a_gradient_that_a_process_lacks_counts_as_nothing(monkeypatch):
    """The other process has gradients of 4 everywhere."""
    monkeypatch.setattr(team_module.dist, "all_reduce", lambda value: value.add_(4.0))
    there, missing, fixed = (torch.nn.Parameter(torch.ones(2)) for _ in range(3))
    there.grad = torch.full((2,), 2.0)
    fixed.requires_grad_(False)
    Team(0, 2).average_gradients([there, missing, fixed])
    assert there.grad.tolist() == [3.0, 3.0] and missing.grad.tolist() == [2.0, 2.0] and fixed.grad is None


def test_a_regulariser_without_samples_in_its_window_waits_for_the_other_processes(monkeypatch):
    reduced = []
    monkeypatch.setattr(team_module.dist, "all_reduce", reduced.append)
    regulariser = RegulariserConfig(hidden=16, weight=0.1, warmup_steps=0, first_step=49)
    training = Training(
        replace(small_config(batch=2), regulariser=regulariser), build_dataset([reach_episode(0)]), team=Team(0, 2)
    )
    metrics = next(training.run())
    assert math.isnan(metrics.bound)
    statistics = sum(p.numel() for p in training.objective.regulariser.network.parameters())
    assert [len(each) for each in reduced] == [training.policy.parameter_count, 7, statistics]


def test_processes_that_do_not_train_the_same_are_refused(monkeypatch):
    mine = {"step": 10, "demonstrations": "abc", "settings": {"training": {"batch": 32}}}
    gathered = [mine, mine]

    def gather(found, _):
        found[:] = gathered

    monkeypatch.setattr(team_module.dist, "all_gather_object", gather)
    Team(0, 2).require_alike(**mine)
    for key, other, says in (
        ("step", 0, "step: 10 != 0"),
        ("demonstrations", "abd", "demonstrations: 'abc' != 'abd'"),
        ("settings", {"training": {"batch": 64}}, "settings.training.batch: 32 != 64"),
    ):
        gathered[1] = {**mine, key: other}
        for rank in range(2):
            with pytest.raises(ConfigError, match=f"process 1 does not train what process 0 trains: {says}; .*folder"):
                Team(rank, 2).require_alike(**gathered[rank])
    Team().require_alike(**mine)


def test_a_training_is_compared_with_that_of_the_other_processes_before_it_begins(tmp_path, monkeypatch):
    """The other one has found a checkpoint in its own machine's folder."""
    write_episode(tmp_path / "episode_000000.mcap", reach_episode(0))
    settings = replace(small_config(), data=str(tmp_path), runs=str(tmp_path / "runs"))
    monkeypatch.setattr(team_module.dist, "is_initialized", lambda: True)
    gathered = []

    def gather(found, mine):
        gathered.append(mine)
        found[:] = [mine, {**mine, "step": 5}]

    monkeypatch.setattr(team_module.dist, "all_gather_object", gather)
    with pytest.raises(ConfigError, match="step: 0 != 5"):
        prepare(settings, "", False, 0, plain_console(quiet=True), Team(0, 2))
    data_hash = build_dataset([reach_episode(0)]).data_hash
    assert gathered == [{"step": 0, "demonstrations": data_hash, "settings": settings.essence.to_dict()}]


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
