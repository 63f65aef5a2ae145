"""Work shared out to processes of this machine, to Ray and to Slurm's stand-in: the same whichever it is."""

from __future__ import annotations

import array
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest
from worker_jobs import alive, much, processes, refused, squares, still_born, wait_until

from midp_ros.cli.workers.crew import Died, Done, Ready, Update, Work, WorkerError
from midp_ros.cli.workers.local import interruptions_blocked
from midp_ros.cli.workers.place import HERE, Place
from midp_ros.cli.workers.ray_crew import require_gpus
from midp_ros.cli.workers.sharing import Listed, Lost, Sharing, share_out
from midp_ros.cli.workers.slurm_crew import parsed
from midp_ros.core.errors import CommandError, MidpError

pytestmark = pytest.mark.processes

FOR_EVER = """
import sys
sys.path.insert(0, {tests!r})
from test_workers import share_out, squares
if __name__ == "__main__":
    list(share_out(squares, {folder!r}, [99, 99], 2))
"""
ALL_AT_ONCE = """
import sys
sys.path.insert(0, {tests!r})
from worker_jobs import with_a_lock
from midp_ros.cli.workers.sharing import share_out
if __name__ == "__main__":
    print(list(share_out(with_a_lock, None, [1, 2, 3], 2)))
"""
PLACES = [
    HERE,
    pytest.param("ray", marks=pytest.mark.slow),
    pytest.param("slurm", marks=pytest.mark.slow),
]


def place_of(name: Place | str) -> Place:
    if isinstance(name, Place):
        return name
    pytest.importorskip({"ray": "ray", "slurm": "submitit"}[name], reason=f"extra cluster: {name}")
    return Place(**{name: "local"})


@pytest.mark.parametrize("name", PLACES, ids=str)
def test_every_item_is_done_once_although_a_process_dies_and_leaving_ends_all(
    name: Place | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place, done, updates, lost = place_of(name), {}, [], []
    with place.crew(Work(squares, str(tmp_path)), 2) as crew:
        for item, event in Sharing(crew, 2, Listed([0, 1, 2, 3, 4, 99])).events():
            if isinstance(event, Done):
                done[item] = event.result
            elif isinstance(event, Lost):
                lost.append((item, event))
            else:
                assert isinstance(event, Update)
                updates.append(event.content)
            if len(done) == 5 and -99 in updates:
                break  # an endless item is in progress
    assert done == {n: n * n for n in range(5)}
    assert sorted((tmp_path / "done").read_text().split()) == ["0", "1", "2", "3", "4"]  # nothing twice
    assert sorted(u for u in updates if u != -99) == [-4, -3, -3, -2, -1, 0]
    assert [(item, event.again) for item, event in lost] == [(3, True)]
    assert re.fullmatch(r"worker \d \((process|job) \d+.*\) was killed by SIGKILL", lost[0][1].worker)
    assert wait_until(lambda: not any(map(alive, processes(tmp_path))))
    assert not list(tmp_path.glob(".midp_slurm_*"))


def test_an_item_that_kills_every_process_is_given_up_and_the_results_before_it_stay(tmp_path: Path) -> None:
    found = []
    with pytest.raises(WorkerError, match="was killed by SIGKILL, as 2 others before it with the same episode"):
        for result in share_out(squares, str(tmp_path), [1, 2, 13, 4], 1):
            found.append(result)
    assert found == [1, 4] and len(processes(tmp_path)) == 3


def test_a_process_that_is_killed_in_the_midst_of_a_message_has_died() -> None:
    with HERE.crew(Work(much, None), 1) as crew:
        worker = crew.hire(1)
        assert crew.receive([worker]) == [(worker, Ready())]
        worker.give(2**24)
        assert wait_until(lambda: arrived(worker.connection.fileno()) > 2**12)
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.join()
        assert crew.receive([worker]) == [(worker, Died("was killed by SIGKILL"))]


def arrived(pipe: int) -> int:
    """Bytes of a pipe that can be read."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_each_item_gets_a_process_of_its_own_where_that_is_asked_for(tmp_path: Path) -> None:
    with HERE.crew(Work(squares, str(tmp_path)), 2) as crew:
        events = list(Sharing(crew, 2, Listed([1, 2, 4]), fresh=True).events())
    assert len([e for _, e in events if isinstance(e, Done)]) == 3 and len(processes(tmp_path)) >= 3


def test_a_worker_that_ends_its_item_when_it_is_asked_to_is_not_waited_for_any_longer(tmp_path: Path) -> None:
    with HERE.crew(Work(squares, str(tmp_path)), 1) as crew:
        for _, event in Sharing(crew, 1, Listed([77, 1])).events():
            if event == Update("waits"):
                break
    assert (tmp_path / "done").read_text().split() == ["77"]


def test_work_that_cannot_be_done_is_refused_with_its_reason() -> None:
    with pytest.raises(WorkerError, match="no such task"):
        list(share_out(refused, None, [1, 2], 2))


def test_processes_that_die_before_they_begin_are_not_started_for_ever() -> None:
    with pytest.raises(WorkerError, match="ended with status 3 before it began, as 2 others before it"):
        list(share_out(still_born, None, [1], 1))


def test_processes_that_have_nothing_to_do_end_without_a_warning_of_their_locks(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ALL_AT_ONCE.format(tests=str(Path(__file__).parent)))
    parent = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert sorted(json.loads(parent.stdout)) == [1, 4, 9] and parent.stderr == ""


def test_ctrl_c_reaches_no_process_not_even_the_first(tmp_path: Path) -> None:
    """In a new process, where multiprocessing's own helper begins with the first one."""
    script = tmp_path / "parent.py"
    script.write_text(ALL_AT_ONCE.format(tests=str(Path(__file__).parent)).replace("with_a_lock", "spared"))
    parent = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert parent.stdout == "[True, True, True]\n"


def test_a_killed_parent_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(FOR_EVER.format(tests=str(Path(__file__).parent), folder=str(tmp_path)))
    parent = subprocess.Popen([sys.executable, str(script)])
    assert wait_until(lambda: len(processes(tmp_path)) == 2)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not any(map(alive, processes(tmp_path))))


def test_an_interruption_while_a_process_is_started_waits_and_reaches_this_process_alone() -> None:
    """The signal is taken by another thread, as the progress bar's may: the mask of this one does not keep it out."""
    taken, woken = socket.socketpair()
    woken.setblocking(False)
    taken.settimeout(30.0)
    before = signal.set_wakeup_fd(woken.fileno())
    with taken, woken, pytest.raises(KeyboardInterrupt), interruptions_blocked():
        sender = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGINT))
        sender.start()
        sender.join()
        taken.recv(1)  # a thread that sleeps may take it later than the call returns
        signal.set_wakeup_fd(before)
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        started = True
    assert started and signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_slurm_takes_a_partition_and_submitits_parameters() -> None:
    assert parsed("gpu,timeout_min=240,slurm_account=lab") == ("gpu", {"timeout_min": 240, "slurm_account": "lab"})
    for wrong in ("timeout_min=240", "gpu,timeout_min"):
        with pytest.raises(CommandError, match=wrong):
            parsed(wrong)


def test_one_place_is_chosen() -> None:
    with pytest.raises(CommandError, match="exclude each other"):
        Place(ray="local", slurm="gpu")
    with pytest.raises(CommandError, match="--gpus is for"):
        Place(gpus=1)


def test_a_worker_elsewhere_has_one_core_unless_slurm_gives_it_more(monkeypatch: pytest.MonkeyPatch) -> None:
    place_of("ray"), place_of("slurm")
    places = HERE, Place(ray="local"), Place(slurm="gpu"), Place(slurm="gpu,cpus_per_task=4"), Place(slurm="a,b=c")
    assert [place.worker_cores for place in places] == [0, 1, 1, 4, 1]
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {5})
    assert HERE.crew(Work(squares, ""), 1).cores == 1, "of a machine of any size, where a job may use one"


def test_gpus_that_cannot_be_given_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    place_of("ray"), place_of("slurm")
    assert Place(ray="local", gpus=0.5).gpus == 0.5
    with pytest.raises(CommandError, match=r"--gpus 0\.5: a job of Slurm has whole GPUs"):
        Place(slurm="gpu", gpus=0.5)
    with pytest.raises(CommandError, match=r"--gpus 1\.5: Ray gives a part of one GPU, or whole ones"):
        Place(ray="local", gpus=1.5)
    nodes = [{"Alive": True, "Resources": {"CPU": 4.0}}, {"Alive": False, "Resources": {"CPU": 4.0, "GPU": 8.0}}]
    with pytest.raises(MidpError, match="--gpus 1: Ray finds 0 GPUs on this machine"):
        require_gpus("local", 1, nodes)
    require_gpus("10.0.0.1:6379", 1, [*nodes, {"Alive": True, "Resources": {"GPU": 1.0}}])
    assert capsys.readouterr().out == ""
    require_gpus("10.0.0.1:6379", 1, nodes)
    assert "no machine of the cluster has so many, the largest has 0; the workers wait" in capsys.readouterr().out


@pytest.mark.slow
def test_a_local_ray_without_a_gpu_refuses_at_once_and_ends() -> None:
    place_of("ray")
    crew = Place(ray="local", gpus=500).crew(Work(much, None), 1)
    with pytest.raises(MidpError, match="--gpus 500: Ray finds"), crew:
        pass
    import ray

    assert not ray.is_initialized()


def test_an_address_without_a_cluster_is_refused_at_once() -> None:
    place_of("ray")
    with socket.socket() as free, pytest.raises(MidpError, match=r"no Ray cluster answers at '127.0.0.1:\d+'"):
        free.bind(("127.0.0.1", 0))
        with Place(ray=f"127.0.0.1:{free.getsockname()[1]}").crew(Work(squares, ""), 1):
            pass
