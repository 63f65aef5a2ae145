"""What `midp train` says while it runs."""

import math
from contextlib import contextmanager

import pytest
from demonstrations import demonstration
from moving_episodes import moving
from rich.console import Console

from midp_ros.cli import train
from midp_ros.cli.train import ending, prepare, progress_line
from midp_ros.learning.config import ModelConfig, TrainConfig
from midp_ros.recording import write_episode

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


def test_while_demonstrations_are_read_a_bar_shows_how_far_it_is(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    for seed in range(3):
        write_episode(tmp_path / f"episode_{seed:06d}.mcap", moving(seed))
    monkeypatch.setattr(train, "reading_bar", noted := Noted())
    settings = TrainConfig.from_dict({"name": "test", "data": str(tmp_path), "held_out": 0.4})
    learned, held_out = train.datasets(settings, Console(quiet=True))
    assert (learned.episodes, held_out.episodes) == (2, 1)
    reading, cutting = (noted.steps[what] for what in ("reading demonstrations", "cutting windows"))
    assert reading == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert cutting == [(0, 2), (1, 2), (2, 2), (0, 1), (1, 1)]


class Noted:
    """In the place of the bars: what they were set to."""

    def __init__(self):
        self.steps = {}

    @contextmanager
    def __call__(self, what, console):
        yield lambda done, total: self.steps.setdefault(what, []).append((done, total))


def test_until_its_last_step_a_training_says_when_it_ends():
    assert ending(3100, ROW).startswith(", ends ") and ending(0, ROW) == ""


def test_it_says_which_motions_of_scenes_the_contract_has_declared(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(train, "load_demonstrations", lambda data, read: ([demonstration(0)], ""))
    console, small = Console(record=True, width=200), ModelConfig(channels=(8, 16), embedding=16)
    settings = TrainConfig("moved", "data", runs=str(tmp_path), model=small, scene_motions="auto")
    prepare(settings, "midp train", True, 0, console)
    ranges = "goal at x 0.3 to 0.7 m, y -0.2 to 0.2 m, yaw -1.0964 to 1.0964 rad"
    assert f"scene_motions, by the contract of 'reach': {ranges}" in console.export_text()
