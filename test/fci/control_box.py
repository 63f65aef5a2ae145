"""A control box for tests: a server, its simulation, and what a test does to both between two milliseconds."""

import os

import numpy as np

from midp_ros.fci.server.fci_server import FciServer, fci_options
from midp_ros.simulation import Simulation
from midp_ros.simulation.hand.hand_command import HandTiming

READY = np.array([0.0, -0.785398, 0.0, -2.356194, 0.0, 1.570796, 0.785398])
DEFAULTS = ([25, 25, 22, 20, 19, 17, 14], [35, 35, 32, 30, 29, 27, 24], [30, 30, 30, 25, 25, 25], [40] * 3 + [35] * 3)


def own_host() -> str:
    """A loopback address of this process."""
    return f"127.42.{os.getpid() // 250 % 250}.{1 + os.getpid() % 250}"


class Box:
    """The server, its simulation and what a test does to both between two milliseconds."""

    def __init__(self, host):
        self.host = host
        self.simulation = Simulation("pick", options=fci_options(), hand=HandTiming(0.05, 0.05))
        self.server = FciServer(self.simulation, host, "client")
        self.server.start()

    def call(self, function):
        return self.server.call(function)

    @property
    def robot(self):
        return self.simulation.robot

    @property
    def time_ms(self):
        return self.server.robot.message_id

    def place(self, position_rad=READY):
        self.call(lambda: self.simulation.place(np.array(position_rad)))

    def push(self, wrench):
        self.call(lambda: self.robot.push(None if wrench is None else np.array(wrench, float)))
