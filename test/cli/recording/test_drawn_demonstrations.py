"""`midp record --path`: recorded like any demonstration, with its tracking error, and not taken for another path's."""

import pytest

from midp_ros.cli.recording.session import already_there, run_session
from midp_ros.cli.recording.settings import Settings
from midp_ros.cli.terminal.interrupt import Interruptible
from midp_ros.drawing import DrawnPath, Placement
from midp_ros.recording import EpisodeWriter, load_episodes


@pytest.mark.slow
def test_a_drawn_circle_is_recorded_with_its_tracking_error(tmp_path, capsys):
    def settings(size_m):
        drawn = DrawnPath.load("circle", Placement(size_m=size_m))
        return Settings("trace", "fr3", "trace", 0.0, 0.8, False, drawn)

    writer = EpisodeWriter(tmp_path)
    with Interruptible() as interruptible:
        assert run_session(settings(0.12), writer, 1, 0, interruptible)
    assert "tracking error of the path: mean" in capsys.readouterr().out
    info = load_episodes(tmp_path)[0].info
    assert info["path"] == "circle.svg" and info["success"]
    assert 0.0 < info["tracking_error_mean_m"] < 0.004
    assert info["tracking_error_mean_m"] <= info["tracking_error_worst_m"] < 0.015
    assert already_there(settings(0.12), writer) == ({0}, 0)
    assert already_there(settings(0.13), writer) == (set(), 1), "another size is another path"
