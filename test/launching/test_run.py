"""Processes are started, prefixed, and all stopped: on a required end, on Ctrl-C, and when the launcher is killed."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from midp_ros.launching import LaunchDescription, LaunchError, NodeProcess, run

pytestmark = pytest.mark.processes

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
    given = {"x": 1.5}, {"y": "2"}, "/**: {ros__parameters: {z: 3}}"
    process = python("a", code, ros_arguments=("-r", "__node:=n"), parameters=given, environment={"KEY": "v"})
    _, lines = launched(process)
    files = "[{'/**': {'ros__parameters': {'x': 1.5, 'y': '2'}}}, {'/**': {'ros__parameters': {'z': 3}}}]"
    assert lines[0] == f"[a] {files} v ['--ros-args', '-r', '__node:=n']"


def test_logs_go_elsewhere_where_home_cannot_be_written(monkeypatch, tmp_path):
    code = "import os; print(os.environ.get('ROS_LOG_DIR'))"
    monkeypatch.delenv("ROS_LOG_DIR", raising=False)
    monkeypatch.delenv("ROS_HOME", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert launched(python("a", code))[1][0] == "[a] None"
    elsewhere = tmp_path / f"ros_log_{os.getuid()}"
    for home, reason in (("/proc", "cannot write logs to /proc/.ros/log"), (None, "HOME is not set")):
        monkeypatch.setenv("HOME", home) if home else monkeypatch.delenv("HOME")
        warning, said, _ = launched(python("a", code))[1]
        assert reason in warning and "ROS_LOG_DIR" in warning
        assert said == f"[a] {elsewhere}" and elsewhere.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("given", ["abc", "-1", "233", "1.0"])
def test_a_domain_that_cannot_be_is_one_error(given, monkeypatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", given)
    with pytest.raises(LaunchError, match=f"ROS_DOMAIN_ID is '{given}': it must be a whole number from 0 to 232"):
        launched(python("a", ""))


def test_sigint_waits_until_a_process_that_asks_for_it_unblocks_it():
    """Python's own start cannot be interrupted without a traceback."""
    code = (
        "import os, signal, sys, time\n"
        "print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, lambda number, frame: sys.exit(0))\n"
        "signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))\n"
        "time.sleep(60)"
    )
    assert launched(python("a", code, unblocks=True)) == (0, ["[a] True", "[a] ended with status 0"])


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


def parameter_folders(launcher):
    """Of the launcher's process, by its children's arguments."""
    children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
    arguments = [Path(f"/proc/{child}/cmdline").read_text().split("\0") for child in children]
    return {Path(words[words.index("--params-file") + 1]).parent for words in arguments}


LAUNCHER = f"""
import os, sys
from midp_ros.launching import LaunchDescription, NodeProcess, run
code = "import os; print('pid', os.getpid(), flush=True)\\n" + {PATIENT!r}
child = lambda label: NodeProcess(
    label, (sys.executable, "-c", code), parameters=({{"x": 1}},), environment={{"UP": os.environ["UP"] + label}}
)
sys.exit(run(LaunchDescription((child("a"), child("b")), ())))
"""


@pytest.fixture(autouse=True)
def takes_a_hang_up():
    """Under nohup it is ignored, and launched processes would inherit that."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def launcher(up):
    """A launcher in its own process, with two children that are up, and their process numbers."""
    environment = {**os.environ, "TMPDIR": str(up.parent)}
    process = subprocess.Popen([sys.executable, "-c", LAUNCHER], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pids = [int(re.findall(r"pid (\d+)", process.stdout.readline())[0]) for _ in range(2)]
    wait_until(lambda: all(up.with_name(f"up{label}").exists() for label in "ab"))
    yield process, pids
    process.kill()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_launcher_stops_all_cleanly(launcher, number):
    process, pids = launcher
    (folder,) = parameter_folders(process)
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert output.count("bye") == 2 and "[launch] interrupted" in output
    assert not any(map(is_running, pids)) and not folder.exists()


def test_a_closed_output_stops_all_cleanly(launcher):
    process, pids = launcher
    (folder,) = parameter_folders(process)
    process.stdout.close()
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=20) == 0
    assert not any(map(is_running, pids)) and not folder.exists()


def test_a_killed_launcher_takes_its_children_along(launcher):
    process, pids = launcher
    process.kill()
    wait_until(lambda: not any(map(is_running, pids)))


def test_a_middleware_that_is_not_installed_is_refused(monkeypatch, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "librmw_cyclonedds_cpp.so").touch()
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    monkeypatch.setenv("RMW_IMPLEMENTATION", "rmw_foo")
    with pytest.raises(LaunchError, match="RMW_IMPLEMENTATION is 'rmw_foo', .*installed: .*rmw_cyclonedds_cpp"):
        run(LaunchDescription((), ()))
    monkeypatch.setenv("RMW_IMPLEMENTATION", "rmw_cyclonedds_cpp")
    assert run(LaunchDescription((), ())) == 0
