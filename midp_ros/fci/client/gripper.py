"""The Franka Hand through libfranka, in processes of its own; imports pylibfranka there only.

libfranka's calls return when the hand has finished, about a second later, and pylibfranka keeps Python's lock
meanwhile. franka_gripper has a thread for it; here it takes a process, and another one to read the width.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from midp_ros.fci.client.robot import FciError
from midp_ros.kinematics import RobotProfile

SPEED_M_S = 0.1  # of the width; as the policy's node commands it
START_S = 30.0  # of a process, on a loaded machine
RETRY_S = 0.02
STATE_S = 30.0  # without a state the hand counts as lost


class LibfrankaGripper:
    """Commands to the hand, one at a time, and its width.

    Args:
        host: the robot's address.
    """

    def __init__(self, host: str, profile: RobotProfile):
        self._profile, context = profile, get_context("spawn")
        self._width_m = context.Value("d", profile.gripper_width_max_m, lock=False)  # one writer
        self._states = context.Value("L", 0, lock=False)
        self._commands, commands = context.Pipe()
        self._reading, reading = context.Pipe()
        self._processes = [
            context.Process(target=_execute, args=(host, commands), daemon=True),
            context.Process(target=_read, args=(host, reading, self._width_m, self._states), daemon=True),
        ]
        for process in self._processes:
            process.start()
        commands.close()
        reading.close()
        self.busy = False
        for connection in (self._commands, self._reading):
            self._require(connection)

    @property
    def width_m(self) -> float:
        """Distance between the fingers, the newest one [m]."""
        return float(self._width_m.value)

    def open_or_grasp(self, width_m: float) -> None:
        """As the policy node uses the hand: zero grasps an object of any width, another value opens to that width."""
        anything_m = self._profile.gripper_width_max_m
        grasp = 0.0, SPEED_M_S, self._profile.gripper_force_n, anything_m, anything_m
        self._commands.send(("move", width_m, SPEED_M_S) if width_m > 0 else ("grasp", *grasp))
        self.busy = True
        self._answer()  # it is about to be sent

    def poll(self) -> None:
        """Looks whether the running command has ended."""
        if self.busy and self._commands.poll(0):
            self._answer()
            self.busy = False

    def refresh(self) -> None:
        """Waits for a width that is measured from now on; raises FciError."""
        self._problems()  # those before
        fresh, limit_s = self._states.value + 2, time.monotonic() + STATE_S  # the next one may be under way
        while self._states.value < fresh:
            if time.monotonic() > limit_s:
                raise FciError(f"the gripper has not sent its state for {STATE_S:g} s{self._problems()}")
            time.sleep(0.002)

    def close(self) -> None:
        """Ends the processes."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()

    def _answer(self) -> Any:
        try:
            return self._commands.recv()
        except EOFError:
            raise FciError("the gripper's process has ended") from None

    def _problems(self) -> str:
        """What the reading process has met since it was asked last."""
        texts = []
        while self._reading.poll(0):
            try:
                texts.append(self._reading.recv())
            except EOFError:
                return ": its process has ended"
        return f": {texts[-1]}" if texts else ""

    def _require(self, connection: Connection) -> None:
        try:
            problem = connection.recv() if connection.poll(START_S) else f"no answer within {START_S:g} s"
        except EOFError:
            problem = "its process has ended"
        if problem:
            self.close()
            raise FciError(f"no gripper: {problem}")


def _begin(host: str, connection: Connection) -> Any:
    """Connects in a process of its own; the problem goes to the connection, or nothing where there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches all processes; the first one ends these
    import pylibfranka

    try:
        gripper = pylibfranka.Gripper(host)
    except RuntimeError as e:
        connection.send(str(e))
        return None
    connection.send("")
    return gripper


def _execute(host: str, connection: Connection) -> None:
    gripper = _begin(host, connection)
    while gripper is not None:
        try:
            name, *arguments = connection.recv()
            connection.send(name)
            connection.send(_outcome(getattr(gripper, name), arguments))
        except (EOFError, BrokenPipeError):
            return


def _outcome(command: Callable[..., bool], arguments: list[float]) -> str:
    try:
        return "" if command(*arguments) else "unsuccessful"
    except RuntimeError as e:
        return str(e)


def _read(host: str, connection: Connection, width_m: Any, states: Any) -> None:
    gripper = _begin(host, connection)
    while gripper is not None:
        try:
            if connection.poll(0):
                return  # the starting process is gone
            width_m.value = gripper.read_once().width
            states.value += 1
        except RuntimeError as e:
            # Without a state for a second libfranka ends the connection; a simulation may wait longer for its client.
            gripper = _again(host, connection, str(e)) or gripper
        except OSError:
            return


def _again(host: str, connection: Connection, problem: str) -> Any:
    """Connects once more; None where that fails, too."""
    import pylibfranka

    time.sleep(RETRY_S)
    try:
        connection.send(problem)
        return pylibfranka.Gripper(host)
    except (RuntimeError, OSError):  # the latter: the starting process is gone, as the caller will notice
        return None
