"""The stand-in behind Franka's control interface, for one process of an evaluation; imports fci."""

from __future__ import annotations

import os

from midp_ros.fci.client.simulation import LibfrankaSimulation
from midp_ros.fci.server.fci_process import FciProcess
from midp_ros.simulation.hand.hand_command import HandTiming


def libfranka_simulation(task: str, robot: str, hand: HandTiming, mode: str) -> LibfrankaSimulation:
    """Starts a server that waits for its client, and connects; both end with this process.

    Args:
        mode: one of libfranka's: position, velocity or torque.
    """
    host = own_address(os.getpid())
    server = FciProcess(task, robot, host, pacing="client", hand=hand)
    return LibfrankaSimulation(host, server.ask, mode, robot)


def own_address(number: int) -> str:
    """A loopback address for a process: FCI's ports are the same for every robot."""
    return f"127.{64 + (number >> 14) % 128}.{number >> 7 & 127}.{1 + (number & 127)}"
