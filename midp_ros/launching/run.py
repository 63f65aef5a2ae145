"""Runs the processes of a launch description until one that is required ends; imports nothing of midp_ros."""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import yaml

from midp_ros.launching.description import LaunchDescription, NodeProcess
from midp_ros.launching.discovery import local_discovery
from midp_ros.launching.errors import LaunchError

# As `ros2 launch`: this long after SIGINT comes SIGTERM, and as long after that SIGKILL [s].
GRACE_S = 5.0
POLL_S = 0.1
_COLOURS = (36, 33, 32, 35, 34, 31)
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_CLEAN = (0, -signal.SIGINT, -signal.SIGTERM, 128 + signal.SIGINT, 128 + signal.SIGTERM)
_libc = ctypes.CDLL(None)

Write = Callable[[str], None]


def run(description: LaunchDescription, write: Write | None = None, grace_s: float = GRACE_S) -> int:
    """Starts every process and waits until all have ended.

    When a required one ends, or on SIGINT or SIGTERM, all are asked to stop by SIGINT, after `grace_s` by SIGTERM,
    after as long again by SIGKILL; a further signal to the launcher takes the next step at once. Only processes that
    were started here, and their children, are signalled.

    Args:
        description: what to start.
        write: takes the output, line by line; by default it is printed.

    Returns:
        0 when all is well; the status of the first required process that failed; 1 when a process could not be stopped
        cleanly.
    """
    with tempfile.TemporaryDirectory(prefix="launch_parameters_") as folder:
        launch = _Launch(write or _print, grace_s, colour=write is None and sys.stdout.isatty())
        with _signals(launch.interrupt):
            try:
                for number, process in enumerate(description.processes):
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
        self.status = 0
        self._write, self._grace_s, self._colour = write, grace_s, colour
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()
        self._steps: Iterator[signal.Signals] = iter((signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
        self._next_step_s: float | None = None
        self._interrupts = 0

    @property
    def running(self) -> bool:
        return any(not c.ended for c in self._children)

    def start(self, process: NodeProcess, folder: Path, number: int) -> None:
        command = [*process.command, *_ros_arguments(process, folder, number)]
        environment = {"PYTHONUNBUFFERED": "1", **local_discovery(), **os.environ, **process.environment}
        if self._colour:
            environment.setdefault("RCUTILS_COLORIZED_OUTPUT", "1")
        launcher = os.getpid()
        try:
            popen = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that Ctrl-C reaches it once, from here
                preexec_fn=lambda: _die_with(launcher),
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
        self._interrupts += 1

    def step(self, timeout_s: float) -> None:
        """Passes output on, notes ends, and continues a stop that is under way."""
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
            for stream in (child.popen.stdout, child.popen.stderr):
                if stream is not None:
                    stream.close()
        self._selector.close()

    def _end(self, child: _Child) -> None:
        for stream in (child.popen.stdout, child.popen.stderr):
            self._read(stream, child, last=True)
        # Until its status is fetched, its process id stays its own: children that it left behind are ended with it.
        _signal_group(child, signal.SIGKILL)
        child.ended = True
        status, stopping = child.popen.wait(), self._next_step_s is not None
        if stopping:
            if status not in _CLEAN:
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


def _ros_arguments(process: NodeProcess, folder: Path, number: int) -> list[str]:
    arguments = list(process.ros_arguments)
    for i, parameters in enumerate(process.parameters):
        if isinstance(parameters, dict):
            path = folder / f"{number}_{i}.yaml"
            path.write_text(yaml.safe_dump({"/**": {"ros__parameters": parameters}}))
        else:
            path = parameters
        arguments += ["--params-file", str(path)]
    return ["--ros-args", *arguments] if arguments else []


def _die_with(launcher: int) -> None:
    """In the child: SIGTERM when the launcher dies, however it dies."""
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


@contextmanager
def _signals(handler: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM call `handler` meanwhile, where this is the main thread; elsewhere they cannot be caught."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        handler()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _describe(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"


def _print(line: str) -> None:
    print(line, flush=True)
