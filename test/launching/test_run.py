"""Processes are started, prefixed, and all stopped: on a required end, on Ctrl-C, and when the launcher is killed."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from midp_ros.launching import LaunchDescription, LaunchError, NodeProcess, run

GRACE_S = 0.5
# They make the file $UP once they can be interrupted; WAIT waits for it.
PATIENT = "import os, time\ntry: open(os.environ['UP'], 'w'); time.sleep(60)\nexcept KeyboardInterrupt: print('bye')"
STUBBORN = (
    "import os, signal, time\n"
    "for s in (signal.SIGINT, signal.SIGTERM): signal.signal(s, lambda *a: print('no', flush=True))\n"
    "open(os.environ['UP'], 'w')\n"
    "while True: time.sleep(60)"
)
WAIT = "import os, sys, time\nwhile not os.path.exists(os.environ['UP']): time.sleep(0.01)\n"


@pytest.fixture(autouse=True)
def up(tmp_path, monkeypatch):
    """The file that tells that a process is up."""
    monkeypatch.setenv("UP", str(tmp_path / "up"))
    return tmp_path / "up"


def python(label, code, **options):
    return NodeProcess(label, (sys.executable, "-c", code), **options)


def launched(*processes):
    """Status and output of a launch."""
    lines: list[str] = []
    status = run(LaunchDescription(processes, ()), lines.append, GRACE_S)
    return status, lines


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until(condition, timeout_s=20.0):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def test_output_is_prefixed_and_complete():
    status, lines = launched(python("a", "print('one'); print('two', end='')"))
    assert status == 0
    assert lines == ["[a] one", "[a] two", "[a] ended with status 0"]


def test_a_quiet_process_shows_only_its_errors():
    _, lines = launched(python("a", "import sys; print('hidden'); print('shown', file=sys.stderr)", quiet=True))
    assert lines == ["[a] shown", "[a] ended with status 0"]


def test_a_failed_required_process_ends_all_and_gives_its_status():
    status, lines = launched(python("patient", PATIENT), python("fails", WAIT + "sys.exit(7)", required=True))
    assert status == 7
    assert "[fails] ended with status 7" in lines and "[patient] bye" in lines


def test_a_required_process_that_crashes_gives_its_signal():
    status, lines = launched(python("crashes", "import os; os.abort()", required=True))
    assert status == 128 + signal.SIGABRT
    assert "[crashes] was ended by SIGABRT" in lines


def test_a_required_process_that_is_done_ends_all_without_an_error():
    status, lines = launched(python("patient", PATIENT), python("done", WAIT, required=True))
    assert status == 0 and "[patient] bye" in lines


def test_others_may_fail():
    status, lines = launched(
        python("fails", "open(__import__('os').environ['UP'], 'w'); exit(3)"), python("done", WAIT)
    )
    assert status == 0 and "[fails] ended with status 3" in lines


def test_what_ignores_signals_is_killed_and_reported():
    status, lines = launched(python("stubborn", STUBBORN), python("done", WAIT, required=True))
    assert status == 1
    assert lines.count("[stubborn] no") == 2  # SIGINT and SIGTERM
    assert "[stubborn] was ended by SIGKILL" in lines


def test_children_that_a_process_leaves_behind_end_with_it():
    code = "import subprocess, sys; print(subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL).pid)"
    _, lines = launched(python("parent", code))
    pid = int(lines[0].split()[-1])
    wait_until(lambda: not is_running(pid))


def test_parameters_and_environment_arrive():
    code = (
        "import os, sys, yaml\n"
        "files = [a for p, a in zip(sys.argv, sys.argv[1:]) if p == '--params-file']\n"
        "print([yaml.safe_load(open(f)) for f in files], os.environ['KEY'], sys.argv[1:4])"
    )
    process = python("a", code, ros_arguments=("-r", "__node:=n"), parameters=({"x": 1.5},), environment={"KEY": "v"})
    _, lines = launched(process)
    assert lines[0] == "[a] [{'/**': {'ros__parameters': {'x': 1.5}}}] v ['--ros-args', '-r', '__node:=n']"


def test_discovery_stays_on_this_machine_unless_told_otherwise(monkeypatch):
    code = "import os; print(os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE'), os.environ.get('ROS_LOCALHOST_ONLY'))"
    for name in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOCALHOST_ONLY", "ROS_DISTRO"):
        monkeypatch.delenv(name, raising=False)
    assert launched(python("a", code))[1][0] == "[a] LOCALHOST None"
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    assert launched(python("a", code))[1][0] == "[a] SUBNET None"
    monkeypatch.delenv("ROS_AUTOMATIC_DISCOVERY_RANGE")
    monkeypatch.setenv("ROS_LOCALHOST_ONLY", "0")
    assert launched(python("a", code))[1][0] == "[a] None 0"


def test_an_executable_that_cannot_start_leaves_nothing_running():
    lines: list[str] = []
    description = LaunchDescription((python("a", PATIENT), NodeProcess("b", ("/no/such/executable",))), ())
    with pytest.raises(LaunchError, match="cannot start b: No such file"):
        run(description, lines.append, GRACE_S)


LAUNCHER = f"""
import os, sys
from midp_ros.launching import LaunchDescription, NodeProcess, run
code = "import os; print('pid', os.getpid(), flush=True)\\n" + {PATIENT!r}
child = lambda label: NodeProcess(label, (sys.executable, "-c", code), environment={{"UP": os.environ["UP"] + label}})
sys.exit(run(LaunchDescription((child("a"), child("b")), ())))
"""


@pytest.fixture
def launcher(up):
    """A launcher in its own process, with two children that are up, and their process numbers."""
    process = subprocess.Popen([sys.executable, "-c", LAUNCHER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pids = [int(re.findall(r"pid (\d+)", process.stdout.readline())[0]) for _ in range(2)]
    wait_until(lambda: all(up.with_name(f"up{label}").exists() for label in "ab"))
    yield process, pids
    process.kill()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_launcher_stops_all_cleanly(launcher, number):
    process, pids = launcher
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert output.count("bye") == 2 and "[launch] interrupted" in output
    assert not any(map(is_running, pids))


def test_a_killed_launcher_takes_its_children_along(launcher):
    process, pids = launcher
    process.kill()
    wait_until(lambda: not any(map(is_running, pids)))
