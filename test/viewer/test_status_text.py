"""Reports as HTML: what is there is shown, and nothing in it becomes markup."""

from midp_ros.viewer.status_text import driver_text, question_text, recorder_text


def test_a_running_policy():
    values = {"state": "running", "robot_mode": "MOVE", "observation_age_s": "0.0123", "chunk_latency_p50_s": "0.004"}
    text = driver_text({**values, "chunk_latency_p99_s": "0.0081"})
    assert "running" in text and "MOVE" in text and "12.3 ms old" in text and "4.0 / 8.1 ms" in text


def test_a_held_policy_says_why():
    text = driver_text({"state": "holding", "hold_reason": "<b>goal</b> is 0.9 s old", "chunk_rate_hz": "nan"})
    assert "&lt;b&gt;goal" in text and "<b>goal" not in text
    assert "chunks" not in text


def test_a_recorder_with_warnings():
    text = recorder_text({"state": "recording", "episode": 3, "seconds": 12.34, "kept": 2, "warnings": ["disk < 1 GB"]})
    assert "recording" in text and "episode: 3" in text and "12.3" in text and "disk &lt; 1 GB" in text


def test_a_label_and_a_question_in_words():
    assert "label: failure" in recorder_text({"state": "idle", "label": False})
    assert "let the policy move the arm?" in question_text("let the policy move the arm")


def test_a_recorder_of_another_version():
    assert "idle" in recorder_text({"state": "idle", "warnings": None})
    assert "not running" in recorder_text({})
