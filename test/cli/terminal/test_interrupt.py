"""Signals while work is in progress: the first is a wish, one that comes twice at once is one, a later one ends."""

import os
import pty
import signal
import subprocess
import sys

import pytest

from midp_ros.cli.terminal import interrupt
from midp_ros.cli.terminal.interrupt import Interruptible, every_stop_interrupts


def test_a_wish_that_comes_twice_at_once_leaves_the_time_to_save():
    with Interruptible() as interruptible:
        assert not interruptible.requested
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
            signal.raise_signal(number)
        assert interruptible.requested and interruptible.exit.exit_code == 143


def test_a_later_one_ends_the_process_as_usual(monkeypatch):
    with pytest.raises(KeyboardInterrupt), Interruptible() as interruptible:
        signal.raise_signal(signal.SIGINT)
        assert interruptible.requested
        monkeypatch.setattr(interrupt, "SAME_WISH_S", -1.0)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_closed_terminal_leaves_the_time_to_save_but_not_under_nohup(signals):
    """SIGHUP ended a training at once: what it had learned since its checkpoint was lost."""
    with Interruptible() as interruptible:
        signal.raise_signal(signal.SIGHUP)
    assert interruptible.requested and interruptible.exit.exit_code == 129
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Interruptible() as interruptible, every_stop_interrupts():
        signal.raise_signal(signal.SIGHUP)
    assert not interruptible.requested


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_every_stop_is_as_ctrl_c_and_one_that_comes_twice_at_once_is_one(number):
    before = signal.getsignal(number)
    with every_stop_interrupts():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        for _ in range(2):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


IN_A_TERMINAL = """
import os, signal, sys
from pathlib import Path
from midp_ros.cli.terminal.interrupt import Interruptible
with Interruptible() as interruptible:
    os.kill(os.getpid(), signal.SIGHUP)  # the terminal is still there
    print("begun", flush=True)
    while os.isatty(1):
        signal.sigtimedwait([], 0.01)
    print("what would fail", flush=True)
    Path(sys.argv[1]).write_text("saved")
"""


@pytest.mark.processes
def test_output_into_a_closed_terminal_does_not_keep_it_from_saving(tmp_path):
    saved = tmp_path / "saved"
    terminal, inside = pty.openpty()
    where = {"stdout": inside, "stderr": inside, "stdin": inside, "start_new_session": True}
    process = subprocess.Popen([sys.executable, "-c", IN_A_TERMINAL, str(saved)], **where)
    os.close(inside)
    assert os.read(terminal, 5) == b"begun"
    os.close(terminal)
    process.send_signal(signal.SIGHUP)  # as from its shell
    assert process.wait(30) == 0 and saved.read_text() == "saved"
