"""`midp record` says why episodes failed, and ends where the expert fails every one."""

from types import SimpleNamespace

import numpy as np
import pytest

from midp_ros.cli.record import record
from midp_ros.cli.recording import session
from midp_ros.cli.recording.session import HOPELESS, HopelessError
from midp_ros.recording import recorded_info


@pytest.fixture
def play(monkeypatch):
    """Instead of the simulation: a seed's failure by a function of it."""

    def play(failure_of):
        def prepare(settings, writer):
            def episode(seed):
                contract, failure = settings.agreed, failure_of(seed)
                for step in range(3):
                    writer.step(step * contract.step_s, np.zeros(contract.observation_size), np.zeros(3 + 6))
                return SimpleNamespace(seed=seed, success=not failure, duration_s=1.0, failure=failure, info={})

            return episode

        monkeypatch.setattr(session, "prepare", prepare)
        monkeypatch.setenv("COLUMNS", "160")

    return play


def timeout(seed):
    return SimpleNamespace(reason="timeout: too far away", details=f"{seed} mm off")


def test_the_reasons_are_counted_with_their_seeds_and_an_example(tmp_path, play, capsys):
    reflex = SimpleNamespace(reason="reflex: joint", details="joint 4")
    play(lambda seed: timeout(seed) if seed in (11, 13) else reflex if seed == 12 else None)
    record(tmp_path, "reach", 2, 10, disturb_m=0.0)
    said = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines() if "│" in line]
    assert rows == [["timeout: too far away", "2", "11, 13", "11 mm off"], ["reflex: joint", "1", "12", "joint 4"]]
    assert "reason of failure" in said and "kept 2 episodes" in said and "3 failed" in said
    assert [info["seed"] for info in recorded_info(tmp_path)] == [10, 14]


def test_an_expert_that_fails_every_episode_ends_it_with_the_most_frequent_reason(tmp_path, play):
    play(timeout)
    said = rf"{HOPELESS} episodes in a row failed, most of them thus: timeout: too far away \(5 mm off\); the expert"
    with pytest.raises(HopelessError, match=said):
        record(tmp_path, "reach", 2, 5, disturb_m=0.0)
    assert not recorded_info(tmp_path)


def test_failures_that_are_kept_are_not_hopeless_and_are_named_too(tmp_path, play, capsys):
    play(timeout)
    record(tmp_path, "reach", HOPELESS + 1, 5, disturb_m=0.0, keep_failed=True)
    assert f"kept {HOPELESS + 1} episodes" in (said := capsys.readouterr().out)
    assert "5, 6, 7, 8, 9, 10 and 25 more" in said
