"""What `midp train` says while it runs."""

import math

import pytest

from midp_ros.cli.train import ending, progress_line

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
