"""What an evaluation says of its episodes' facts."""

import pytest

pytest.importorskip("pybullet")

from midp_ros.cli.evaluation.arm_command import _sentence  # noqa: E402
from midp_ros.cli.evaluation.episodes import Job, summarise  # noqa: E402

FIGURES = ("duration_s", "path_length_m", "mean_squared_jerk_rad2_s6", "largest_jump_m")


def test_words_are_counted_and_numbers_summed_up():
    facts = [{"side": "left", "error_m": 0.01}, {"side": "left", "error_m": 0.03}, {"side": "right", "error_m": 0.02}]
    common = {"success": True, "failure": None, "reflexes": [], "holds": [], **dict.fromkeys(FIGURES, 1.0)}
    job = Job("expert", "avoid", "fr3")
    report = summarise(job, [{**common, "seed": seed, "info": fact} for seed, fact in enumerate(facts)])
    assert report["info"]["side"] == {"left": 2, "right": 1}
    assert report["info"]["error_m"] == {"mean": pytest.approx(0.02), "largest": 0.03}
    assert "; side: 2 left, 1 right; error_m: mean 0.02, largest 0.03" in _sentence(job, report)
