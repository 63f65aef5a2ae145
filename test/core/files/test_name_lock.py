"""One process of a machine has a name."""

import os
import signal
import subprocess
import sys

import pytest

from midp_ros.core.errors import BusyError
from midp_ros.core.files.name_lock import NameLock, only_writer

HOLD = """
import sys, time
from midp_ros.core.files.name_lock import NameLock
lock = NameLock("71 /test/franka/joint_states", "/other_simulation")
print(lock.holder or "mine", flush=True)
time.sleep(60)
"""


@pytest.mark.processes
def test_of_processes_that_ask_at_the_same_time_one_has_it_and_is_named_and_a_kill_gives_it_back():
    processes = [subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    try:
        answers = [process.stdout.readline().strip() for process in processes]
        assert answers.count("mine") == 1
        winner = processes[answers.index("mine")]
        assert {a for a in answers if a != "mine"} == {f"/other_simulation (process {winner.pid})"}
        lock = NameLock("71 /test/franka/joint_states", "/mine")
        assert str(winner.pid) in lock.holder
        winner.send_signal(signal.SIGKILL)
        winner.wait()
        assert not NameLock("71 /test/franka/joint_states", "/mine").holder
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stdout.close()


def test_other_names_are_free_and_so_is_a_closed_one():
    locks = [NameLock(name, "/n") for name in ("71 /a/joints", "72 /a/joints")]
    assert not any(lock.holder for lock in locks)
    assert f"/n (process {os.getpid()})" == NameLock("71 /a/joints", "/m").holder
    for lock in locks:
        lock.close()
    again = NameLock("71 /a/joints", "/m")
    assert not again.holder
    again.close()


def test_what_comes_under_a_files_name_has_one_writer_however_the_name_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    busy = rf"midp \(process {os.getpid()}\) writes a\.json; wait for it, stop it, or choose another place"
    with only_writer(tmp_path / "a.json"), only_writer("b.json"), pytest.raises(BusyError, match=busy):
        with only_writer("a.json"):
            raise AssertionError("two at once")
    with only_writer("a.json"):
        pass
