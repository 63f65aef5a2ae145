"""The renderer of a `CameraProcess`, which starts it: python -m midp_ros.simulation.camera.camera_worker."""

from __future__ import annotations

import os
import sys
from multiprocessing.connection import Connection

from midp_ros.simulation.camera.camera_process import GONE, Scene, shared_pictures
from midp_ros.simulation.simulation import Simulation

NICENESS = 10  # the arm's control comes first


def serve(pipe: Connection, memory: int) -> None:
    """Renders the pipe's requests, until its other end is closed."""
    task, robot, cameras = pipe.recv()
    pictures = shared_pictures(memory, cameras)
    simulation, seed = Simulation(task, robot, cameras={camera.name: camera for camera in cameras}), 0
    while True:
        scene, asked = pipe.recv()
        if scene.seed != seed:
            seed = scene.seed
            simulation.reset(seed)
        _place(simulation, scene)
        for number in asked:
            pictures[number] = cameras[number].draw(simulation.engine, simulation.tool())
        pipe.send(None)


def _place(simulation: Simulation, scene: Scene) -> None:
    simulation.place(scene.position_rad)
    simulation.gripper.place(scene.width_m)
    simulation.task.place(simulation.engine, scene.poses)


def main() -> None:
    """Serves requests with the file descriptors of the command line: the socket and the shared memory."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.nice(NICENESS)
    socket, memory = map(int, sys.argv[1:])
    try:
        serve(Connection(socket), memory)
    except GONE:
        pass


if __name__ == "__main__":
    main()
