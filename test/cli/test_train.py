"""What `midp train` says while it runs."""

import math

import pytest
from demonstrations import demonstration
from rich.console import Console

from midp_ros.cli.train import ending, prepare, progress_line

ROW = {"denoising_error": 0.05, "gradient_norm": 0.25, "steps_per_s": 31.0}


@pytest.mark.parametrize(
    "bound, past, said",
    [
        (math.nan, math.nan, "0.0500  gradient"),
        (1.5, math.nan, "0.0500  bound 1.500 nat  gradient"),
        (math.nan, 6.25, "0.0500  on past observations 6.250 nat  gradient"),
    ],
)
def test_information_is_shown_where_the_loss_carries_it(bound, past, said):
    line = progress_line(500, {**ROW, "bound": bound, "history_information": past})
    assert said in line and "nan" not in line and line.endswith("0.250  31.0 steps/s")


def test_until_its_last_step_a_training_says_when_it_ends():
    assert ending(3100, ROW).startswith(", ends ") and ending(0, ROW) == ""


def test_it_says_which_motions_of_scenes_the_contract_has_declared(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    from midp_ros.learning.config import ModelConfig, TrainConfig

    monkeypatch.setattr("midp_ros.cli.train.load_demonstrations", lambda data: ([demonstration(0)], ""))
    console, small = Console(record=True, width=200), ModelConfig(channels=(8, 16), embedding=16)
    settings = TrainConfig("moved", "data", runs=str(tmp_path), model=small, scene_motions="auto")
    prepare(settings, "midp train", True, 0, console)
    ranges = "goal at x 0.3 to 0.7 m, y -0.2 to 0.2 m, yaw -1.0964 to 1.0964 rad"
    assert f"scene_motions, by the contract of 'reach': {ranges}" in console.export_text()
