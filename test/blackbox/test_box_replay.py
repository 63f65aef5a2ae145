"""A replay in the stand-in stops at the same millisecond, where the cause lies in what was sent."""

from dataclasses import replace

import pytest
from planted_causes import delayed, glitch, incident, position_off, pushed_aside, too_sudden

from midp_ros.blackbox import read_recording
from midp_ros.blackbox.replay import ReplayError, replay


def robot_side(plant, tmp_path):
    path = tmp_path / "robot.mcap"
    path.write_bytes(incident(plant)["robot"])
    return read_recording(path)


@pytest.mark.parametrize("plant", [position_off, too_sudden, delayed], ids=lambda p: getattr(p, "__name__", ""))
def test_the_same_messages_stop_the_arm_at_the_same_millisecond(plant, tmp_path):
    recording = robot_side(plant, tmp_path)
    again = replay(recording)
    assert again.errors == recording.trigger.errors
    assert again.time_s == pytest.approx(recording.trigger.time_s, abs=1.5e-3)


def test_a_fault_of_the_controller_does_not_come_again(tmp_path):
    assert replay(robot_side(glitch, tmp_path)).errors == ()


def test_a_recorded_push_comes_again(tmp_path):
    recording = robot_side(pushed_aside, tmp_path)
    assert replay(recording).errors == recording.trigger.errors


def test_nothing_to_replay_is_refused(tmp_path):
    recording = robot_side(position_off, tmp_path)
    empty = replace(recording, trajectories=(), setpoints=recording.setpoints.between(-2.0, -1.0))
    with pytest.raises(ReplayError, match="neither setpoints nor trajectories"):
        replay(empty)
