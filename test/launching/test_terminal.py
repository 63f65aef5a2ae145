"""Lines of a launcher's terminal reach its processes; without a terminal they have no input."""

import fcntl
import os
import pty
import subprocess
import sys
import termios

import pytest

pytestmark = pytest.mark.processes

LAUNCH = """
import sys
from midp_ros.launching import LaunchDescription, NodeProcess, run
reader = "import os; print(os.environ.get('MIDP_OPERATOR_TERMINAL'), os.read(0, 100))"
deaf = "import time; time.sleep(60)"
processes = [NodeProcess("reader", (sys.executable, "-c", reader), required=True)]
processes += [NodeProcess("deaf", (sys.executable, "-c", deaf))]
sys.exit(run(LaunchDescription(processes, ()), None, 0.5))
"""


@pytest.fixture
def launcher():
    """Starts a launcher on a terminal of its own, or without one."""
    started = []

    def start(stdin, own=lambda: None):
        command = [sys.executable, "-c", LAUNCH]
        process = subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=own
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_is_typed_reaches_a_process_that_reads_and_harms_none_that_does_not(launcher):
    keyboard, terminal = pty.openpty()
    process = launcher(terminal, lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.write(keyboard, b"\n")
    output, _ = process.communicate(timeout=30)
    os.close(terminal)
    os.close(keyboard)
    assert "[reader] 1 b'\\n'" in output, output


def test_without_a_terminal_there_is_no_input(launcher):
    output, _ = launcher(subprocess.PIPE).communicate("\n", timeout=30)
    assert "[reader] None b''" in output, output
