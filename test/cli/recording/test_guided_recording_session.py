"""`midp record --by guiding`: a simulated person leads the arm; the episodes say so, and go on where they stopped."""

import pytest

from midp_ros.cli.record import By, record
from midp_ros.recording import load_episodes


@pytest.mark.slow
def test_guided_demonstrations_are_recorded_as_such_and_apart_from_the_expert_s(tmp_path, capsys):
    def more(by):
        record(tmp_path, task="reach", episodes=1, seed=3, by=by)
        return capsys.readouterr().out

    assert "kept 1 episodes" in more(By.guiding)
    (episode,) = load_episodes(tmp_path)
    assert episode.info["source"] == "guiding" and episode.success and "disturb_m" not in episode.info
    assert "1 of these episodes were recorded before" in more(By.guiding)
    more(By.expert)
    assert [each.info["source"] for each in load_episodes(tmp_path)] == ["guiding", "expert"]
