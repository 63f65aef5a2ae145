"""`midp record --by teleop` and `--by guiding`: simulated people do the tasks; and noise that a task bears."""

import pytest

from midp_ros.cli.record import By, record
from midp_ros.cli.recording.players import prepare
from midp_ros.cli.recording.settings import Settings
from midp_ros.cli.recording.workers import Memory
from midp_ros.core.errors import CommandError, ContractError
from midp_ros.drawing import DrawnPath, Placement
from midp_ros.recording import load_episodes


@pytest.mark.slow
def test_a_person_with_a_stick_is_recorded_as_such(tmp_path, capsys):
    record(tmp_path, task="reach", episodes=1, seed=3, by=By.teleop)
    assert "kept 1 episodes" in capsys.readouterr().out
    (episode,) = load_episodes(tmp_path)
    assert episode.success and episode.info["source"] == "teleop" and episode.info["devices"] == "scripted stick"
    record(tmp_path, task="reach", episodes=1, seed=3, by=By.teleop)
    assert "1 of these episodes were recorded before" in capsys.readouterr().out


@pytest.mark.slow
def test_a_hand_keeps_to_a_drawn_circle():
    drawn = DrawnPath.load("circle", Placement(size_m=0.12))
    outcome = prepare(Settings("trace", "fr3", "trace", 0.0, 0.8, False, drawn, "guiding"), Memory())(0)
    assert outcome.success and outcome.info["tracking_error_mean_m"] < 0.0045, "8 mm where it looked 3 cm ahead"


def test_a_tasks_own_disturbance_is_the_default():
    def largest_m(task, asked=None, by="expert"):
        return Settings(task, "fr3", task, 0.0, 0.8, False, by=by).disturbed(asked).disturb_m

    assert (largest_m("push"), largest_m("pick"), largest_m("push", 0.02)) == (0.01, 0.015, 0.02)
    assert largest_m("pick", by="guiding") == 0.0
    with pytest.raises(CommandError, match="--disturb-m and --disturb-deg are for --by expert"):
        largest_m("pick", 0.01, by="guiding")


def test_a_contract_that_the_expert_cannot_follow_is_refused_in_words():
    """`midp record --task trace --contract trace_joints` ended in a KeyError."""
    with pytest.raises(ContractError, match="'trace_joints' observes no tool_rotation, which the scripted"):
        Settings("trace", "fr3", "trace_joints", 0.004, 0.8, False).check()
