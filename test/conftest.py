"""Keeps the tests' ROS on this machine, apart from any other run's, before rclpy loads; says what runs beside what.

`make quick` leaves out what is marked `processes` or `slow`; whatever runs in real time starts processes or DDS.
"""

import os
import platform
import signal
import sys
import time
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

_run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# 1 to 101: beyond, the ports of DDS reach into those that Linux hands out.
os.environ["ROS_DOMAIN_ID"] = str(1 + (zlib.crc32(_run.encode()) + _worker) % 101)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"

# A process that is killed stays in the graph until its lease ends, by default 20 s: the tests after it would meet it.
os.environ["FASTRTPS_DEFAULT_PROFILES_FILE"] = str(Path(__file__).parent / "short_lease.xml")

# Two workers share two cores: a library's own threads would only wait for each other.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell's background job has it, and its children
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
ON_DDS = ("nodes", "cli/test_bench.py", "cli/datasets/test_replay_command.py")  # each of them is marked `processes`
# They have deadlines: what runs beside them takes only the time that they leave.
IN_REAL_TIME = (*ON_DDS, "fci")
# The arm is commanded in real time, some with real-time priority: two such tests at once make each other late.
COMMAND_THE_ARM = tuple(
    f"nodes/{each}"
    for each in ("stand_in", "policy", "deployment", "commands", "safety", "test_processes.py", "operator")
)
# torch's exporter takes many seconds to load: one worker does it.
EXPORT = ("adversarial", "learning", "object_flow", "pusht/test_pusht_pictures.py", "reproduce")
LATER = os.SCHED_IDLE  # Linux' class for all others, and for the processes that they start
# Niceness of what runs in real time, where the system permits it: on a robot such nodes go before others, too.
FIRST, USUAL = -10, os.getpriority(os.PRIO_PROCESS, 0)


CLOCKS = {name: getattr(time, name) for name in ("monotonic", "time", "time_ns", "perf_counter", "sleep")}
STARTS = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system")  # audit events
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_started = []  # by the running test
platform.processor()  # starts `uname` once, in whichever library asks first
sys.addaudithook(lambda event, arguments: _started.append(arguments) if event in STARTS else None)


@cache
def _is_among(path, places):
    return f"{path}/".startswith(tuple(f"{TESTS / each}/" for each in places))


@cache
def _group(path):
    """Run by one worker each: what commands the arm, the rest of what runs in real time, what exports, other files."""
    groups = (COMMAND_THE_ARM, "commands the arm"), (IN_REAL_TIME, "in real time"), (EXPORT, "exports")
    return next((name for places, name in groups if _is_among(path, places)), str(path.relative_to(TESTS)))


def _is_quick(config):
    return "not processes" in (config.option.markexpr or "")


def pytest_ignore_collect(collection_path, config):
    """`make quick` does not import, either, what it leaves out."""
    return True if _is_quick(config) and any(collection_path == TESTS / each for each in ON_DDS) else None


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """What runs in real time goes first."""
    items.sort(key=lambda item: (not _is_among(item.path, COMMAND_THE_ARM), not _is_among(item.path, IN_REAL_TIME)))
    for item in items:
        if _is_among(item.path, ON_DDS):
            item.add_marker(pytest.mark.processes)
        item.add_marker(pytest.mark.xdist_group(_group(item.path)))


def pytest_runtest_setup(item):
    """What runs in real time goes before what runs beside it."""
    _schedule(_policy_of(item))


def _policy_of(item):
    return os.SCHED_OTHER if _is_among(item.path, IN_REAL_TIME) else LATER


def _schedule(policy):
    os.sched_setscheduler(0, policy, os.sched_param(0))
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, USUAL if policy == LATER else FIRST)


@pytest.fixture(autouse=True)
def leaves_its_priority(request):
    """What a test leaves to its process goes on to all the tests and processes after it."""
    yield
    left, policy = os.sched_getscheduler(0), _policy_of(request.node)
    if left != policy:
        _schedule(policy)
    assert left == policy, "it leaves this thread with another priority"


def _handlers():
    return {number: signal.getsignal(number) for number in SIGNALS}


@pytest.fixture(autouse=True)
def leaves_its_signals():
    """A test that waits for a signal waits for ever where one before it has left that ignored."""
    before = _handlers()
    yield
    changed = [number for number, handler in before.items() if signal.getsignal(number) is not handler]
    for number in changed:
        signal.signal(number, before[number])
    assert not changed, f"it leaves {changed[0].name} to another handler: the fixture `signals` restores them"


@pytest.fixture
def signals(leaves_its_signals):
    """For a test of what sets signal handlers in a process of its own: they are restored."""
    before = _handlers()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


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
    assert not (_is_quick(request.config) and _started), f"it starts {_started[0]}: mark it `processes`"
