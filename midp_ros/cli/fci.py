"""`midp fci`: the simulated arm as a control box for libfranka's clients, without ROS."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from midp_ros.cli.terminal.console import plain_console


def fci(
    task: Annotated[str, typer.Option(help="Scene around the arm: a task that `midp list` shows.")] = "pick",
    robot: Annotated[str, typer.Option(help="Robot profile: a name or a YAML file.")] = "fr3",
    seed: Annotated[int, typer.Option(min=0, help="Of the episode.")] = 0,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Whoever reaches it can move the arm: FCI knows no password.")
    ] = "127.0.0.1",
    pacing: Annotated[
        str, typer.Option(help="Who sets the pace: real_time, or the client, whose every command is waited for.")
    ] = "real_time",
) -> None:
    """Let libfranka's clients (pylibfranka, franky, franka_ros2) drive the simulated arm; `midp launch fci` adds ROS.

    Listens on ports 1337 (robot) and 1338 (gripper) until Ctrl-C.
    """
    from midp_ros.fci.server import FciServer
    from midp_ros.fci.server.fci_server import fci_options
    from midp_ros.simulation import Simulation

    simulation = Simulation(task, robot, options=fci_options())
    simulation.reset(seed)
    server = FciServer(simulation, host, pacing)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.close())
    plain_console().print(f"FCI listens on {host}, ports 1337 and 1338; Ctrl-C ends it")
    server.serve()
