"""Runs the processes of a launch description until one that is required ends; imports nothing of midp_ros."""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from midp_ros.launching.description import LaunchDescription, NodeProcess
from midp_ros.launching.discovery import local_discovery
from midp_ros.launching.environment import domain_problem, log_settings, middleware_problem
from midp_ros.launching.errors import LaunchError
from midp_ros.launching.ros_arguments import require_same_types, ros_arguments
from midp_ros.launching.signals import CLEAN, signals_call
from midp_ros.launching.terminal import Terminal

# As `ros2 launch`: this long after SIGINT comes SIGTERM, and as long after that SIGKILL [s].
GRACE_S = 5.0
POLL_S = 0.1
_COLOURS = (36, 33, 32, 35, 34, 31)
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_libc = ctypes.CDLL(None)

Write = Callable[[str], None]


def run(
    description: LaunchDescription,
    write: Write | None = None,
    grace_s: float = GRACE_S,
    on_interrupt: Callable[[], None] = lambda: None,
) -> int:
    """Starts every process and waits until all have ended.

    When a required one ends, or on SIGINT, SIGTERM or SIGHUP, all are asked to stop by SIGINT, after `grace_s` by
    SIGTERM, after as long again by SIGKILL; a further signal to the launcher takes the next step at once. Only
    processes that were started here, and their children, are signalled.

    Args:
        description: what to start.
        write: receives the output, line by line; by default it is printed.
        on_interrupt: called at a signal to the launcher.

    Returns:
        0 when all is well; the status of the first required process that failed; 1 when a process could not be stopped
        cleanly.

    Raises:
        LaunchError: Python launch files are included, a process does not start, or ROS_DOMAIN_ID is unusable.
    """
    if description.python_files:
        raise LaunchError(f"only `ros2 launch` can run {', '.join(description.python_files)}")
    if problem := domain_problem() or middleware_problem():
        raise LaunchError(problem)
    launch = _Launch(write or _print, grace_s, colour=write is None and sys.stdout.isatty())

    def interrupt() -> None:
        on_interrupt()
        launch.interrupt()

    for process in description.processes:
        require_same_types(process)
    with signals_call(interrupt), tempfile.TemporaryDirectory(prefix="launch_parameters_") as folder:
        try:
            for number, process in enumerate(description.processes):
                if not launch.interrupted:
                    launch.start(process, Path(folder), number)
            while launch.running:
                launch.step(POLL_S)
        finally:
            launch.kill()
    return launch.status


class _Child:
    def __init__(self, process: NodeProcess, popen: subprocess.Popen[bytes], prefix: str):
        self.process, self.popen, self.prefix = process, popen, prefix
        self.rest: dict[int, bytes] = {}
        self.ended = False


class _Launch:
    """The processes of one launch, in one thread: output, ends and signals are handled in `step`."""

    def __init__(self, write: Write, grace_s: float, colour: bool):
        self.status, self.interrupted = 0, False
        self._print, self._grace_s, self._colour = write, grace_s, colour
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()
        self._steps: Iterator[signal.Signals] = iter((signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
        self._next_step_s: float | None = None
        self._interrupts = 0
        others, warning = log_settings()
        self._settings = {**local_discovery(), **others}
        if warning:
            self._write(f"[launch] {warning}")
        self._terminal = Terminal()

    @property
    def running(self) -> bool:
        return any(not c.ended for c in self._children)

    def start(self, process: NodeProcess, folder: Path, number: int) -> None:
        command = [*process.command, *ros_arguments(process, folder, number)]
        environment = {"PYTHONUNBUFFERED": "1", **os.environ, **self._settings, **process.environment}
        environment |= self._terminal.environment
        if self._colour:
            environment.setdefault("RCUTILS_COLORIZED_OUTPUT", "1")
        launcher = os.getpid()
        try:
            popen = subprocess.Popen(
                command,
                env=environment,
                stdin=self._terminal.input,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that Ctrl-C reaches it once, from here
                preexec_fn=lambda: _prepare(launcher, process.unblocks),
            )
        except OSError as e:
            raise LaunchError(f"cannot start {process.label}: {e.strerror}: {command[0]}") from None
        colour = _COLOURS[number % len(_COLOURS)]
        prefix = f"\033[{colour}m[{process.label}]\033[0m " if self._colour else f"[{process.label}] "
        child = _Child(process, popen, prefix)
        self._children.append(child)
        for stream in (popen.stdout, popen.stderr):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, child)

    def interrupt(self) -> None:
        """Notes a signal to the launcher; called from the signal's handler."""
        self.interrupted = True
        self._interrupts += 1

    def step(self, timeout_s: float) -> None:
        """Passes output and input on, notes ends, and continues a stop that is under way."""
        self._terminal.hand_on(child.popen for child in self._children if not child.ended)
        for key, _ in self._selector.select(timeout_s):
            self._read(key.fileobj, key.data)
        for child in self._children:
            if not child.ended and _has_ended(child.popen.pid):
                self._end(child)
        while self._interrupts:
            self._interrupts -= 1
            self._stop("interrupted; stopping" if self._next_step_s is None else "interrupted again")
        if self._next_step_s is not None and time.monotonic() >= self._next_step_s and self.running:
            self._signal_all()

    def kill(self) -> None:
        """Ends everything that is left, also after an error here."""
        for child in self._children:
            if not child.ended:
                _signal_group(child, signal.SIGKILL)
                child.popen.wait()
            for stream in (child.popen.stdin, child.popen.stdout, child.popen.stderr):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
        self._selector.close()

    def _write(self, line: str) -> None:
        try:
            self._print(line)
        except OSError:  # the terminal is closed, or who has read the output is gone
            self._print = lambda line: None
            self.interrupt()

    def _end(self, child: _Child) -> None:
        for stream in (child.popen.stdout, child.popen.stderr):
            self._read(stream, child, last=True)
        # Until its status is fetched, its process id stays its own: children that it left behind are ended with it.
        _signal_group(child, signal.SIGKILL)
        child.ended = True
        status, stopping = child.popen.wait(), self._next_step_s is not None
        if stopping:
            if status not in CLEAN:
                self._write(f"{child.prefix}{_describe(status)}")
                self.status = self.status or 1
            return
        self._write(f"{child.prefix}{_describe(status)}")
        if child.process.required:
            self.status = status if status >= 0 else 128 - status
            if self.running:
                self._stop(f"{child.process.label} ended; stopping the rest")

    def _stop(self, reason: str) -> None:
        self._write(f"[launch] {reason}")
        self._signal_all()

    def _signal_all(self) -> None:
        number = next(self._steps, signal.SIGKILL)
        if number != signal.SIGINT:
            left = ", ".join(c.process.label for c in self._children if not c.ended)
            self._write(f"[launch] still running: {left}; sending {number.name}")
        for child in self._children:
            if not child.ended:
                _signal_group(child, number)
        self._next_step_s = time.monotonic() + self._grace_s

    def _read(self, stream: Any, child: _Child, last: bool = False) -> None:
        number = stream.fileno()
        try:
            data: bytes | None = stream.read()
        except (BlockingIOError, ValueError):
            data = None
        if data == b"" and number in self._selector.get_map():
            self._selector.unregister(stream)
        *lines, rest = (child.rest.get(number, b"") + (data or b"")).split(b"\n")
        if last and rest:
            lines, rest = [*lines, rest], b""
        child.rest[number] = rest
        if child.process.quiet and stream is child.popen.stdout:
            return
        for line in lines:
            self._write(child.prefix + line.decode(errors="replace"))


def _prepare(launcher: int, blocked: bool) -> None:
    """In the child: SIGTERM when the launcher dies, however it dies; SIGINT waits until the child unblocks it."""
    if blocked:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != launcher:
        os._exit(1)


def _has_ended(number: int) -> bool:
    return os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _signal_group(child: _Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.popen.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _describe(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:
        # What is left in Python's buffer must not fail again at the process's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
