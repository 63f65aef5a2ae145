"""Signals while work is in progress: the first is a wish, one that comes twice at once is one, a later one ends."""

import signal

import pytest

from midp_ros.cli.terminal import interrupt
from midp_ros.cli.terminal.interrupt import Interruptible


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
