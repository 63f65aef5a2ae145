"""Keeps the tests' ROS on this machine, apart from any other run's, before rclpy loads; says what runs beside what.

`make quick` leaves out what is marked `processes` or `slow`; whatever runs in real time starts processes or DDS.
"""

import contextlib
import os
import signal
import sys
import time
import zlib
from pathlib import Path

import pytest

_run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# 1 to 101: beyond, the ports of DDS reach into those that Linux hands out.
os.environ["ROS_DOMAIN_ID"] = str(1 + (zlib.crc32(_run.encode()) + _worker) % 101)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"

# A process that is killed stays in the graph until its lease ends, by default 20 s: the tests after it would meet it.
os.environ["FASTRTPS_DEFAULT_PROFILES_FILE"] = str(Path(__file__).parent / "short_lease.xml")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell's background job has it, and its children
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
ON_DDS = ("nodes", "cli/test_bench.py", "cli/datasets/test_replay_command.py")  # each of them is marked `processes`
# They have deadlines: what runs beside them must be the nicer one.
IN_REAL_TIME = (*ON_DDS, "fci")
# The arm is commanded in real time, some with real-time priority: two such tests at once make each other late.
COMMAND_THE_ARM = tuple(
    f"nodes/{each}"
    for each in ("stand_in", "policy", "deployment", "commands", "safety", "test_processes.py", "operator")
)
LATER = 10  # niceness of all others


CLOCKS = {name: getattr(time, name) for name in ("monotonic", "time", "time_ns", "perf_counter", "sleep")}
STARTS = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system")  # audit events
_started = []  # by the running test
sys.addaudithook(lambda event, arguments: _started.append(arguments) if event in STARTS else None)


def _is_among(item, places):
    return any(item.path.is_relative_to(TESTS / each) for each in places)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """What commands the arm goes first, one test after the other in one process; the others go file by file."""
    items.sort(key=lambda item: (not _is_among(item, COMMAND_THE_ARM), not _is_among(item, IN_REAL_TIME)))
    for item in items:
        if _is_among(item, ON_DDS):
            item.add_marker(pytest.mark.processes)
        alone = _is_among(item, COMMAND_THE_ARM)
        item.add_marker(pytest.mark.xdist_group("commands the arm" if alone else str(item.path.relative_to(TESTS))))


def pytest_runtest_setup(item):
    """What runs in real time goes before what runs beside it."""
    with contextlib.suppress(PermissionError):  # back up only as root; such tests come first anyway
        os.setpriority(os.PRIO_PROCESS, 0, 0 if _is_among(item, IN_REAL_TIME) else LATER)


@pytest.fixture(autouse=True)
def leaves_its_priority():
    """What a test leaves to its process goes on to all the tests and processes after it."""
    yield
    left = os.sched_getscheduler(0)
    if left != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    assert left == os.SCHED_OTHER, "it leaves this thread with a real-time priority"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Threads that other tests have left running live by the process's clock."""
    yield
    changed = [name for name, clock in CLOCKS.items() if getattr(time, name) is not clock]
    assert not changed, f"time.{changed[0]} was changed for the whole process: own_time does it for one module"


@pytest.fixture(autouse=True)
def starts_no_process_unless_marked(request):
    """`make quick` can only leave out what is marked."""
    _started.clear()
    yield
    quick = "not processes" in (request.config.option.markexpr or "")
    assert not (quick and _started), f"it starts {_started[0]}: mark it `processes`"
