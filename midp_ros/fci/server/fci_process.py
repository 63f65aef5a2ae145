"""The server in a process of its own, with the task's scene behind a pipe; imports simulation.

pylibfranka holds Python's lock while it waits, so that no server could run in its process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from midp_ros.core.errors import MidpError
from midp_ros.fci.server.fci_server import HOST, FciServer, fci_options
from midp_ros.fci.server.scene_calls import scene_calls
from midp_ros.simulation import Simulation, Task
from midp_ros.simulation.hand.hand_command import HandTiming

START_S = 60.0
ANSWER_S = 60.0


class FciProcess:
    """A child that serves one simulation.

    Args:
        task: one, or a task's name.
        robot: a profile's name or YAML file.
        host, pacing: see FciServer.
        hand: how long the hand waits in each command.
        priority: real-time priority, where this machine allows one; 0: none.
    """

    def __init__(
        self,
        task: str | Task = "pick",
        robot: str = "fr3",
        host: str = HOST,
        pacing: str = "real_time",
        hand: HandTiming | None = None,
        priority: int = 0,
    ):
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        args = there, task, robot, host, pacing, hand, priority
        self._process = context.Process(target=_run, args=args, daemon=True)
        self._process.start()
        there.close()
        self.host, self.pid = host, self._process.pid
        try:
            self._answer(START_S)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> FciProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def ask(self, name: str, *args: Any) -> Any:
        """Calls one of `scene_calls` between two milliseconds; raises what it raises."""
        try:
            self._pipe.send((name, args))
        except OSError:
            raise MidpError("the FCI server has ended") from None
        return self._answer(ANSWER_S)

    def close(self) -> None:
        """Ends the child."""
        self._pipe.close()  # which ends it
        self._process.join(5.0)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(5.0)

    def _answer(self, timeout_s: float) -> Any:
        try:
            if not self._pipe.poll(timeout_s):
                raise MidpError(f"the FCI server has not answered within {timeout_s:g} s")
            good, value = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise MidpError("the FCI server has ended") from None
        if not good:
            raise value
        return value


def _run(
    pipe: Connection, task: str | Task, robot: str, host: str, pacing: str, hand: HandTiming | None, priority: int
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent ends this process by the pipe
    if priority:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    try:
        server = FciServer(Simulation(task, robot, options=fci_options(), hand=hand), host, pacing)
    except MidpError as e:
        pipe.send((False, e))
        return
    calls = scene_calls(server)

    def look() -> None:
        try:
            name, args = pipe.recv()
        except (EOFError, OSError):
            server.close()
            return
        try:
            pipe.send((True, calls[name](*args)))
        except MidpError as e:
            pipe.send((False, e))

    server.watch(pipe.fileno(), look)
    pipe.send((True, None))
    server.serve()
