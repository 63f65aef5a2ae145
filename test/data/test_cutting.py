"""Episodes cut into parts: where, and what becomes of outcome, segments and repeated steps."""

import numpy as np
from moving_episodes import moving

from midp_ros.core.episode import Episode
from midp_ros.data.cutting import part, split


def test_an_uninterrupted_episode_stays_whole():
    whole = moving(note="mine")
    cut = split(whole, 8)
    assert cut.remarks == () and len(cut.parts) == 1
    assert cut.parts[0].episode.info == whole.info
    np.testing.assert_array_equal(cut.parts[0].episode.observation, whole.observation)


def test_gaps_and_times_that_go_back_cut():
    whole = moving(steps=60)
    whole.time_s[20:] += 1
    whole.time_s[45:] -= 30
    cut = split(whole, 8)
    assert [(p.steps[0], p.steps[-1]) for p in cut.parts] == [(0, 19), (20, 44), (45, 59)]
    assert "cut before step 20, a gap of 1.1 s" in cut.remarks[0]
    assert "cut before step 45, time goes back by 29.9 s" in cut.remarks[1]
    first, _, last = (p.episode for p in cut.parts)
    assert "success" not in first.info and last.success, "the outcome is that of the attempt's end"
    assert last.info["part_of"] == "episode 0" and last.info["steps_of_source"] == [45, 60]
    np.testing.assert_array_equal(last.time_s, whole.time_s[45:])


def test_every_part_of_a_failed_attempt_is_a_failure():
    whole = moving(steps=60, success=False, failure={"reason": "timeout"}, duration_s=6.0)
    whole.time_s[20:] += 1
    first, last = (p.episode for p in split(whole, 8).parts)
    assert first.failed and first.info["failure"] == {"reason": "timeout"} and "duration_s" not in first.info
    assert last.failed and last.info["duration_s"] == 6.0


def test_repeated_steps_are_left_out_and_others_at_the_same_time_cut():
    whole = moving()
    twice = np.sort(np.r_[0:40, 10, 25])
    doubled = Episode(
        whole.contract, whole.time_s[twice], whole.observation[twice], whole.action[twice], dict(whole.info), "doubled"
    )
    cut = split(doubled, 8)
    assert cut.remarks == ("doubled: 2 repeated steps left out",)
    np.testing.assert_array_equal(cut.parts[0].episode.observation, whole.observation)
    doubled.observation[26] += 0.5
    assert [len(p.steps) for p in split(doubled, 8).parts] == [26, 15]
    assert "its time repeats with other values" in split(doubled, 8).remarks[1]


def test_wrong_rates_and_short_parts_are_refused_by_name():
    slow = moving()
    slow.time_s[:] = 100 + np.arange(40) * 0.14
    cut = split(slow, 8)
    assert cut.parts == () and "episode 0: steps 0 to 39 refused" in cut.remarks[0] and "7.14 Hz" in cut.remarks[0]
    torn = moving()
    torn.time_s[5:] += 1
    assert [len(p.steps) for p in split(torn, 8).parts] == [35]
    assert "left out, shorter than 8 steps" in split(torn, 8).remarks[1]


def test_a_part_of_a_part_names_the_first_source_and_clips_segments():
    segments = [{"label": "policy", "start_s": 100.0, "end_s": 101.0}, {"label": "teleop", "start_s": 101, "end_s": 104}]
    once = part(moving(segments=segments), 5, 38).episode
    again = part(once, 10, 33).episode
    assert again.info["part_of"] == "episode 0" and again.info["steps_of_source"] == [15, 38]
    assert [s["label"] for s in once.info["segments"]] == ["policy", "teleop"]
    assert again.info["segments"] == [{"label": "teleop", "start_s": 101.5, "end_s": 103.7}]
