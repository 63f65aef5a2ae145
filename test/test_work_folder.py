"""The folder that messages are built in: a build that fails or is ended leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

INTERFACES = Path(__file__).parents[1] / "interfaces"
BUILD = """
import multiprocessing, pathlib, sys, time
sys.path.insert(0, sys.argv[1])
from work_folder import work_folder

def work():
    time.sleep(60)

with work_folder(pathlib.Path(sys.argv[2])) as folder:
    (folder / "object.o").touch()
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    print(worker.pid, flush=True)
    if sys.argv[3] == "waits":
        worker.join()
    worker.kill()
    if sys.argv[3] == "fails":
        raise SystemExit(1)
"""


def start(parent, manner):
    command = [sys.executable, "-c", BUILD, str(INTERFACES), str(parent), manner]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def left_in(parent):
    return [p.name for p in parent.iterdir() if p.name != ".interfaces.lock"]


def is_gone(pid):
    """Whether a process has ended within 10 s; a zombie has."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("manner", ["succeeds", "fails"])
def test_a_build_that_ends_leaves_nothing(tmp_path, manner):
    with start(tmp_path, manner) as process:
        assert process.wait(30) == (manner == "fails")
    assert not left_in(tmp_path)


def test_a_build_that_is_asked_to_end_leaves_neither_files_nor_workers(tmp_path):
    with start(tmp_path, "waits") as process:
        worker = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert is_gone(worker)
    assert not left_in(tmp_path)


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path):
    with start(tmp_path, "waits") as process:
        worker = int(process.stdout.readline())
        process.kill()
    assert left_in(tmp_path)
    with start(tmp_path, "succeeds") as process:  # although the killed one's worker lives on
        assert process.wait(30) == 0
    os.kill(worker, signal.SIGKILL)
    assert not left_in(tmp_path)


def test_a_second_build_waits_for_the_first(tmp_path):
    with start(tmp_path, "waits") as first:
        first.stdout.readline()
        with start(tmp_path, "succeeds") as second:
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(0.5)
            first.send_signal(signal.SIGTERM)
            assert second.wait(30) == 0
