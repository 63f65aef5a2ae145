"""`midp record` among obstacles: the expert goes around them, or the episode fails and says why."""

from __future__ import annotations

import pytest

from midp_ros.cli.recording.players import prepare
from midp_ros.cli.recording.settings import Settings
from midp_ros.core.errors import FileFormatError

POST = "obstacles: [{name: post, shape: box, size_m: [0.04, 0.3, 0.35], position_m: [0.48, 0.1, 0.175]}]\n"


class Nothing:
    """A recorder that keeps nothing."""

    def step(self, *step):
        pass


def play(tmp_path, planner, seed, task="reach", text=POST):
    (tmp_path / "scene.yaml").write_text(text)
    settings = Settings(task, "fr3", task, 0.0, 0.0, False, planner=planner, obstacles=str(tmp_path / "scene.yaml"))
    settings.check()
    return settings, prepare(settings, Nothing())(seed)


@pytest.mark.slow
def test_with_a_planner_it_succeeds_where_it_else_touches(tmp_path):
    _, straight = play(tmp_path, "none", 1)
    settings, planned = play(tmp_path, "builtin", 1)
    assert not straight.success and planned.success
    assert settings.info["planner"] == "builtin" and settings.info["obstacles"][0]["name"] == "post"


@pytest.mark.slow
def test_a_cube_below_an_obstacle_is_a_failure_with_its_reason(tmp_path):
    lid = "obstacles: [{name: lid, shape: box, size_m: [0.5, 0.8, 0.02], position_m: [0.55, 0, 0.1]}]\n"
    _, result = play(tmp_path, "builtin", 0, "pick", lid)
    assert not result.success and result.failure.reason == "there is no way around the obstacles"
    assert "box 'lid'" in result.failure.details


def test_a_file_that_is_none_is_named_before_anything_begins(tmp_path):
    with pytest.raises(FileFormatError, match="unknown key 'walls'"):
        play(tmp_path, "builtin", 0, text="walls: []\n")
