"""`midp record --workers N`: the same files as one process makes, whatever happens to the processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

pytest.importorskip("pybullet")

from midp_ros.cli.recording import workers as recording_workers  # noqa: E402
from midp_ros.cli.recording.session import run_session  # noqa: E402
from midp_ros.cli.recording.settings import Settings  # noqa: E402
from midp_ros.cli.recording.workers import Workers  # noqa: E402
from midp_ros.cli.terminal.interrupt import Interruptible  # noqa: E402
from midp_ros.cli.workers import sharing  # noqa: E402
from midp_ros.cli.workers.crew import WorkerError  # noqa: E402
from midp_ros.cli.workers.local import LocalWorker  # noqa: E402
from midp_ros.cli.workers.place import HERE, Place  # noqa: E402
from midp_ros.recording import EpisodeWriter, recorded_info  # noqa: E402

pytestmark = pytest.mark.slow

SETTINGS = Settings("reach", "fr3", "reach", disturb_m=0.015, gripper_start_s=0.8, keep_failed=False)
EPISODES, FIRST = 5, 100


def record(folder: Path, workers: int, episodes: int = EPISODES, place: Place = HERE) -> None:
    with Interruptible() as interruptible:
        assert run_session(SETTINGS, EpisodeWriter(folder), episodes, FIRST, interruptible, workers, place)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("alone")
    record(folder, 1)
    return files(folder)


def test_two_processes_make_the_same_files_although_one_is_killed_and_go_on_from_what_is_there(
    alone: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, 1, episodes=1)
    give, killed = LocalWorker.give, []

    def kill_and_give(self: LocalWorker, seed: int) -> None:
        if not killed:
            killed.append(self)
            os.kill(self.process.pid, signal.SIGKILL)
        give(self, seed)

    monkeypatch.setattr(LocalWorker, "give", kill_and_give)
    record(tmp_path, 2)
    assert files(tmp_path) == alone
    said = " ".join(capsys.readouterr().out.split())
    assert f"{killed[0].name} was killed by SIGKILL while it played seed {FIRST + 1}" in said
    assert "1 of these episodes were recorded before" in said


def test_a_seed_that_kills_every_process_ends_the_recording_and_what_is_finished_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give = LocalWorker.give

    def give_or_die(self: LocalWorker, seed: int) -> None:
        if seed == FIRST + 3:
            os.kill(self.process.pid, signal.SIGKILL)
        give(self, seed)

    monkeypatch.setattr(LocalWorker, "give", give_or_die)
    monkeypatch.setattr(sharing, "TRIES", 2)
    with pytest.raises(WorkerError, match=f"while it played seed {FIRST + 3}, as 2 others before it"):
        record(tmp_path, 2)
    seeds = [info["seed"] for info in recorded_info(tmp_path)]
    assert len(seeds) >= 2 and FIRST + 3 not in seeds and seeds == sorted(seeds)


def test_after_an_interruption_what_is_begun_is_played_to_its_end_and_nothing_else() -> None:
    requested = []
    pool = Workers(SETTINGS, 2, iter(range(FIRST, FIRST + 100)), lambda begun: bool(requested), print, HERE)
    attempts = pool.attempts()
    seeds = [next(attempts).seed]
    requested.append(True)
    seeds += [attempt.seed for attempt in attempts]
    assert seeds == list(range(FIRST, FIRST + len(seeds))) and len(seeds) <= 1 + recording_workers.AHEAD * 2
