"""The stand-in behind Franka's control interface, for one process of an evaluation; imports fci."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.fci.client.joint_interfaces import MODES
from midp_ros.fci.client.robot import FciError
from midp_ros.fci.client.simulation import LibfrankaSimulation
from midp_ros.fci.server.fci_process import FciProcess
from midp_ros.simulation.hand.hand_command import HandTiming

LIBRARIES = ("libfranka",)
_further = itertools.count(step=1 << 16)  # beyond the processes' numbers, for a second one in this process


def require_possible(through: str, mode: str, shaped: bool) -> None:
    """Raises UnknownNameError or MidpError for what cannot be run through libfranka."""
    if through not in LIBRARIES:
        raise UnknownNameError("library to command the arm through", through, LIBRARIES)
    if mode not in MODES:
        raise UnknownNameError("mode of libfranka", mode, MODES)
    if not shaped:
        raise MidpError("--no-shaped commands steps, which libfranka's robots refuse; leave it out with --through")


Episode = Callable[[LibfrankaSimulation, int], dict[str, Any]]  # from a simulation and a seed


class AnsweredEpisodes:
    """Episodes by seed. One that the robot leaves without an answer begins again with a new server, once.

    libfranka waits a second for a state; on a machine that is busy enough the server takes longer.
    """

    def __init__(self, episode: Episode, make: Callable[[], LibfrankaSimulation]):
        self._episode, self._make, self._there = episode, make, make()

    def __call__(self, seed: int) -> dict[str, Any]:
        """Runs the episode of a seed."""
        try:
            return self._episode(self._there, seed)
        except FciError:
            self.close()
            self._there = self._make()
        return self._episode(self._there, seed)

    def close(self) -> None:
        """Ends the connections, and the server."""
        self._there.close()


class _Served(LibfrankaSimulation):
    """A simulation with a server of its own."""

    def __init__(self, server: FciProcess, mode: str, robot: str):
        self._server = server
        try:
            super().__init__(server.host, server.ask, mode, robot)
        except BaseException:
            server.close()
            raise

    def close(self) -> None:
        """Ends the connections, and the server."""
        try:
            super().close()
        finally:
            self._server.close()


def libfranka_simulation(task: str, robot: str, hand: HandTiming, mode: str) -> LibfrankaSimulation:
    """Starts a server that waits for its client, and connects; both end with this process, or by its `close`.

    Args:
        mode: one of libfranka's: position, velocity or torque.
    """
    host = own_address(os.getpid() + next(_further))
    return _Served(FciProcess(task, robot, host, pacing="client", hand=hand), mode, robot)


def own_address(number: int) -> str:
    """A loopback address for a process: FCI's ports are the same for every robot."""
    return f"127.{64 + (number >> 16) % 128}.{number >> 8 & 255}.{number & 255}"
