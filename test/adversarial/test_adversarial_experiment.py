"""A run of an experiment whose learner brings a training loop of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reach_runs import configuration, reach_windows

from midp_ros.cli.experiments import run as one
from midp_ros.experiment.result import Result
from midp_ros.experiment.runs import Run
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.monitoring.run_directory import checkpoint_path


@pytest.mark.slow
@pytest.mark.usefixtures("signals")
def test_an_experiment_trains_by_the_loop_of_its_learner(tmp_path, monkeypatch):
    monkeypatch.setattr(one, "load_dataset", lambda *which, **how: reach_windows())
    monkeypatch.setattr(one, "episode_rewards", lambda model, seeds, *how: [float(model.exists()) for _ in seeds])
    config = replace(configuration(steps=1), runs=str(tmp_path), device="cpu")
    place = "reach", "small", "gail", 0
    run = Run(*place, config, (), "unused", "", 0, 2, 100, "auto", tmp_path / "result.json")
    sent = []
    one.execute(one.Job(run, 1), sent.append)
    saved = Checkpoint.load(checkpoint_path(config.run_dir))
    assert {"judging", "value"} <= saved.state.keys(), "what only the adversarial loop trains"
    result = Result.read(run.result_path)
    assert result.rewards == (1.0, 1.0) and result.curve["step"] == (1,)
    assert result.trained_on == ("CPU", "float32")
    assert not [each for each in sent if not isinstance(each, one.Progress)]
