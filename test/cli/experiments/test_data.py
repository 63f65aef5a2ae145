"""Which demonstrations an experiment learns from."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from midp_ros import recording
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.pusht.state import pusht_contract

pytest.importorskip("torch")
from midp_ros.cli.experiment import _data_hashes as data_hashes  # noqa: E402
from midp_ros.cli.experiments.data import load_dataset  # noqa: E402
from midp_ros.cli.terminal.console import plain_console  # noqa: E402
from midp_ros.learning.dataset import build_dataset  # noqa: E402


def episode(seed: int, **info: object) -> Episode:
    observation = np.full((5, 6), float(seed))
    return Episode(pusht_contract(), np.arange(5) * 0.1, observation, observation[:, :2], {"seed": seed, **info})


def test_the_first_by_seed_are_taken_whatever_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "load_episodes", lambda data, progress: [episode(s) for s in (4, 1, 3, 2)])
    assert load_dataset("x", 2).data_hash == build_dataset([episode(1), episode(2)]).data_hash
    assert load_dataset("x", 0).episodes == 4
    with pytest.raises(FileFormatError, match="x holds 4 demonstrations, the experiment asks for 5"):
        load_dataset("x", 5)


def test_what_is_left_out_is_said_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Failures and windows across gaps were left out without a word."""
    gap = episode(2)
    gap.time_s[3:] += 0.5
    episodes = [episode(1), gap, episode(3, success=False)]
    monkeypatch.setattr(recording, "load_episodes", lambda data, progress: episodes)
    run = SimpleNamespace(recording="pusht", data="x", demonstrations=2, config=SimpleNamespace(keep_failed=False))
    assert set(data_hashes([run, run], plain_console())) == {"pusht"}  # type: ignore[list-item]
    said = capsys.readouterr().out
    assert said.count("warning: pusht: 1 of 3 episodes failed and are left out\n") == 1
    assert said.count("warning: pusht: windows across a gap are left out") == 1
