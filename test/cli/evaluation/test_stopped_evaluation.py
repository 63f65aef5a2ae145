"""An evaluation that is ended prints and writes what there is."""

import json
import signal
import sys

import pytest
import typer

from midp_ros.cli import evaluate

EPISODE = {
    **{"success": True, "failure": None, "duration_s": 1.5, "position_error_m": 0.001, "rotation_error_rad": 0.0},
    **{"path_length_m": 0.4, "mean_squared_jerk_rad2_s6": 1.0, "largest_jump_m": 0.0, "reflexes": [], "holds": []},
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_time_limit_or_a_closed_terminal_keeps_what_was_run(tmp_path, monkeypatch, number):
    """SIGTERM, as `timeout 3600 midp evaluate` sends it, and twice, lost every episode."""

    def episodes_until_the_signal(job, seeds, processes, place):
        yield {"seed": seeds[0], **EPISODE}
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(number)

    monkeypatch.setattr("midp_ros.cli.evaluation.episodes.run", episodes_until_the_signal)
    monkeypatch.setattr(sys, "argv", ["midp", "evaluate"])
    figures = tmp_path / "scores.json"
    with pytest.raises(typer.Exit) as ended:
        evaluate.evaluate("expert", "reach", 9, 5, 1, "", 0.5, json_path=figures, out=tmp_path / "page", worst=0)
    assert ended.value.exit_code == 130
    report = json.loads(figures.read_text())
    assert [e["seed"] for e in report["episodes"]] == [5] and report["episodes_wanted"] == 9
    assert "9 were asked for" in (tmp_path / "page" / "report.html").read_text()
