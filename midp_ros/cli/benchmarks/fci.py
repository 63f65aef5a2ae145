"""`midp bench --fci`: the simulated control box under libfranka's position control, in real time; imports fci."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from midp_ros.fci.client.robot import LibfrankaRobot

HOST = "127.0.0.1"
PRIORITY = 20  # as the stand-in's node
CHUNK = 1000  # milliseconds
AMPLITUDE_RAD, PERIOD_S = 0.15, 4.0


def fci_figures(minutes: float) -> dict[str, float]:
    """Figures of the server and of pylibfranka beside it, over so many minutes of motion.

    `fci_real_time_factor` is robot time over wall time, `fci_cpu_share` the processor time of server and simulation as
    a share of one core, `fci_lost_commands_per_minute` those that came too late, and `fci_reflexes` what stopped the
    arm.
    """
    from midp_ros.fci.client.robot import LibfrankaRobot
    from midp_ros.fci.server import FciProcess
    from midp_ros.kinematics import RobotProfile

    with FciProcess("pick", host=HOST, priority=PRIORITY) as server:
        robot = LibfrankaRobot(HOST, "position", RobotProfile.load("fr3"))
        _motion(robot, 2)
        begun_s, robot_s, cpu_s, lost = monotonic(), robot.time_s, _cpu_s(server.pid), server.ask("lost")[0]
        client_s, reflexes = sum(os.times()[:2]), 0
        while monotonic() - begun_s < 60.0 * minutes:
            reflexes += _motion(robot, 10)
        wall_s = monotonic() - begun_s
        return {
            "fci_real_time_factor": (robot.time_s - robot_s) / wall_s,
            "fci_cpu_share": (_cpu_s(server.pid) - cpu_s) / wall_s,
            "fci_client_cpu_share": (sum(os.times()[:2]) - client_s) / wall_s,
            "fci_lost_commands_per_minute": 60.0 * (server.ask("lost")[0] - lost) / wall_s,
            "fci_reflexes": float(reflexes),
        }


def _motion(robot: LibfrankaRobot, chunks: int) -> int:
    """Moves to and fro for so many seconds; the number of reflexes."""
    robot.start(waited_for=False)
    start_rad, omega = robot.commanded_rad, 2 * np.pi / PERIOD_S
    times = np.arange(1, chunks * CHUNK + 1)[:, None] / 1000.0
    whole = times[-1, 0] - times[-1, 0] % PERIOD_S
    times = np.minimum(times, whole)  # it ends at rest
    # sin^4 begins and ends without a step of the acceleration.
    position = start_rad + AMPLITUDE_RAD * np.sin(omega * times / 2) ** 4 * np.ones(len(start_rad))
    velocity = np.gradient(position, 1e-3, axis=0)
    robot.play((position, velocity, np.gradient(velocity, 1e-3, axis=0)))
    robot.finish()
    return int(robot.aborted is not None)


def _cpu_s(pid: int | None) -> float:
    """Processor time of a process and its threads so far [s]."""
    with open(f"/proc/{pid}/stat") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
