"""A control box on the wire: both ports, and the clock; imports simulation."""

from __future__ import annotations

import ctypes
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any

from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.fci.server.gripper_service import SILENCE_S, GripperService
from midp_ros.fci.server.robot_service import RobotService
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions

HOST = "127.0.0.1"
PACING = ("real_time", "client")
CYCLE_S = 1e-3
LONGEST_DELAY_S = 0.1  # that is made up for, of a stalled machine
PATIENCE_S = 10.0  # with the client, where it sets the pace
# A client needs two states or more for its first command; in time, it stays in step with the states from then on.
FIRST_PATIENCE_S = 0.005
PR_SET_TIMERSLACK = 29  # linux/prctl.h
SLACK_NS = 1000


def fci_options() -> RobotOptions:
    """A robot as FCI's clients command it: strict, and with no controller of ROS."""
    return RobotOptions(reflexes=True, controller="none")


class FciServer:
    """Serves a simulation to libfranka's clients until `close`.

    At `real_time` a command counts that arrives within a millisecond of its state, as on the robot. Where the `client`
    sets the pace, each millisecond of its motion waits for its command, however long that takes.

    Args:
        simulation: with reflexes and without a controller; see `fci_options`.
        host: the address to listen on. Everything that reaches it can move the arm: the wire knows no password.
        pacing: one of `PACING`.

    Raises:
        PortError: something else listens there.
    """

    def __init__(self, simulation: Simulation, host: str = HOST, pacing: str = "real_time"):
        _require_pacing(pacing)
        self.simulation, self.host = simulation, host
        self._poll = select.epoll()
        self.robot = RobotService(simulation, host, self._poll)
        try:
            self.gripper = GripperService(simulation, host, self._poll)
        except Exception:
            self.robot.close()
            raise
        self.set_pacing(pacing)
        self._body = simulation.robot
        self._others: dict[int, Callable[[], None]] = {}
        self._open, self._given_up = True, -1
        self._calls: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK)
        self.watch(self._bell, self._do_calls)
        self._thread: threading.Thread | None = None
        self._ending = threading.RLock()  # a bell that is closed must not be rung: its number may be another file's
        self._due_s = self._sent_s = time.monotonic()

    def __enter__(self) -> FciServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def serve(self) -> None:
        """Runs until `close`, in this thread, and ends every connection."""
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0)  # or each sleep takes 50 us too long
        self._due_s = self._sent_s = time.monotonic()
        while self._open:
            self._wait()
            self.cycle()
        self._end()

    def set_pacing(self, pacing: str) -> None:
        """Sets who sets the pace, one of `PACING`; raises UnknownNameError."""
        _require_pacing(pacing)
        self._by_client = self.robot.patient = pacing == "client"

    def start(self) -> None:
        """Runs `serve` in a thread; pylibfranka, which keeps Python's lock, needs another process."""
        self._thread = threading.Thread(target=self.serve, name="fci", daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], Any]) -> Any:
        """What a function returns or raises that runs between two milliseconds, while `start`'s thread serves.

        Raises:
            MidpError: the server is closed.
        """
        future: Future[Any] = Future()
        with self._ending:
            if not self._open:
                raise MidpError("the FCI server is closed")
            self._calls.append((future, function))
            os.eventfd_write(self._bell, 1)
        return future.result()

    def watch(self, descriptor: int, call: Callable[[], None]) -> None:
        """Calls a function between two milliseconds whenever a descriptor can be read."""
        self._others[descriptor] = call
        self._poll.register(descriptor, select.EPOLLIN)

    def close(self) -> None:
        """Ends `serve` and with it every connection; may be called twice."""
        with self._ending:
            if not self._open:
                return
            self._open = False
            os.eventfd_write(self._bell, 1)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _end(self) -> None:
        self.robot.close()
        self.gripper.close()
        self._poll.close()
        with self._ending:
            os.close(self._bell)
        while self._calls:
            self._calls.popleft()[0].set_exception(MidpError("the FCI server was closed meanwhile"))

    def _do_calls(self) -> None:
        os.eventfd_read(self._bell)
        while self._calls:
            future, function = self._calls.popleft()
            try:
                future.set_result(function())
            except BaseException as e:
                future.set_exception(e)

    def look(self, timeout_s: float = 0.0) -> None:
        """Serves what has come from clients, waiting for it at most so long [s]."""
        for descriptor, _ in self._poll.poll(timeout_s):
            if (call := self._others.get(descriptor)) is not None:
                call()
            else:
                self._notice_restart()
                self.robot.ready(descriptor)
                self.gripper.ready(descriptor)

    def cycle(self) -> None:
        """One millisecond, with the commands that have come."""
        self._notice_restart()
        self.robot.before()
        self.simulation.advance(CYCLE_S)
        self.robot.after()
        self.gripper.after(self.robot.message_id)
        self._sent_s = time.monotonic()

    def _notice_restart(self) -> None:
        if self.simulation.robot is not self._body:
            self._body = self.simulation.robot
            self.robot.restarted()
            self.gripper.restarted()

    def _wait(self) -> None:
        """Until the next millisecond begins."""
        self._due_s += CYCLE_S
        waits = self.robot.awaits_command and self.robot.taken != self._given_up
        if self._by_client and (waits or self.robot.begins):  # a new motion's client may be another one
            self._wait_for_client()
            return
        now_s = time.monotonic()
        if now_s < self._due_s:
            time.sleep(self._due_s - now_s)
        elif now_s > self._due_s + LONGEST_DELAY_S:
            self._due_s = now_s
        self.look()
        # Late by its own fault, the box gives the client the rest of its millisecond.
        while self.robot.awaits_command and (left_s := self._sent_s + CYCLE_S - time.monotonic()) > 0:
            readable, _, _ = select.select([self._poll], [], [], left_s)
            if readable:
                self.look()

    def _wait_for_client(self) -> None:
        robot = self.robot
        began = robot.begins
        end_s = time.monotonic() + (FIRST_PATIENCE_S if robot.begins else PATIENCE_S)
        while self._open and robot.waits and (left_s := end_s - time.monotonic()) > 0:
            self.look(min(left_s, SILENCE_S))
            self.gripper.keep_alive(robot.message_id)
            self._say_again()
        if robot.awaits_command and not began:
            self._given_up = robot.taken  # until its next command, time goes on without it
        self._due_s = time.monotonic()

    def _say_again(self) -> None:
        """Sends the state once more: a client that lost it in a full buffer waits for it, and is waited for."""
        if self.robot.waits and time.monotonic() > self._sent_s + SILENCE_S:
            self.robot.send_state()
            self._sent_s = time.monotonic()


def _require_pacing(pacing: str) -> None:
    if pacing not in PACING:
        raise UnknownNameError("pacing", pacing, PACING)
