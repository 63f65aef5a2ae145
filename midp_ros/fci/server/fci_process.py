"""The server in a process of its own, with the task's scene behind a pipe; imports simulation.

pylibfranka holds Python's lock while it waits, so that no server could run in its process.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from midp_ros.core.errors import MidpError
from midp_ros.fci.server.fci_server import HOST, FciServer
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.hand.hand_command import HandTiming
from midp_ros.simulation.safety import ModeError

START_S = 60.0
ANSWER_S = 60.0


def fci_options() -> RobotOptions:
    """A robot as FCI's clients command it: strict, and with no controller of ROS."""
    return RobotOptions(reflexes=True, controller="none")


class FciProcess:
    """A child that serves one simulation.

    Args:
        task: a task's name.
        robot: a profile's name or YAML file.
        host, pacing: see FciServer.
        hand: how long the hand waits in each command.
    """

    def __init__(
        self,
        task: str = "pick",
        robot: str = "fr3",
        host: str = HOST,
        pacing: str = "real_time",
        hand: HandTiming | None = None,
    ):
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_run, args=(there, task, robot, host, pacing, hand), daemon=True)
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
        self._pipe.send((name, args))
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


def scene_calls(server: FciServer) -> dict[str, Callable[..., Any]]:
    """What can be asked about the episode, and done to the robot by hand."""
    simulation = server.simulation

    def reset(seed: int) -> None:
        if server.robot.moving:
            raise ModeError("a client's motion runs; stop it before the reset")
        simulation.reset(seed)
        server.cycle()

    def commanded() -> tuple[int, int]:
        return server.robot.lost, server.robot.unused

    return {
        "reset": reset,
        "observe": lambda: simulation.observe(),
        "status": lambda: simulation.status(),
        "failed": lambda: simulation.failed,
        "missing": lambda: simulation.missing(),
        "info": lambda: simulation.info(),
        "reflexes": lambda: tuple(simulation.robot.reflexes),
        "state": lambda: simulation.robot.state(),
        "push": lambda wrench: simulation.robot.push(wrench),
        "user_stop": lambda pressed: simulation.robot.press_user_stop(pressed),
        "guide": lambda guided: simulation.robot.guide(guided),
        "lost": commanded,
        "place": lambda position_rad: simulation.place(position_rad),
    }


def _run(pipe: Connection, task: str, robot: str, host: str, pacing: str, hand: HandTiming | None) -> None:
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
    try:
        server.serve()
    except KeyboardInterrupt:
        server.close()
