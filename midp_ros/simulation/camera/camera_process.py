"""A renderer in another process, so that physics continues meanwhile; imports core and the cameras.

PyBullet holds Python's interpreter lock while it renders, tens of milliseconds, so a thread would stop the simulation.
The other process runs `camera_worker`. Requests go through a socket and images through shared memory, where neither
side waits for the other.
"""

from __future__ import annotations

import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Picture
from midp_ros.core.errors import MidpError
from midp_ros.core.pose import Pose
from midp_ros.simulation.camera.camera import Camera

WORKER = "midp_ros.simulation.camera.camera_worker"
GONE = (EOFError, OSError)  # of a socket whose other end is closed


class CameraProcessError(MidpError):
    """The renderer's process has ended."""


@dataclass(frozen=True)
class Scene:
    """The moving parts of a seed's scene: joint positions (joints,) [rad], gripper opening [m], task poses."""

    seed: int
    position_rad: NDArray[np.float64]
    width_m: float
    poses: dict[str, Pose]


class CameraProcess:
    """A second simulation that is never stepped; it renders one request at a time.

    It needs about half a second to start; a request before then waits. It ends with its owner.

    Args:
        task, robot: as for `Simulation`: the name of a task, the name or the file of a profile.
        cameras: all of one size.
    """

    def __init__(self, task: str, robot: str, cameras: Sequence[Camera]):
        ours, theirs = socket.socketpair()
        memory = os.memfd_create("pictures")
        os.ftruncate(memory, sum(c.height * c.width * 3 for c in cameras))
        self._pictures = shared_pictures(memory, cameras)
        numbers = theirs.fileno(), memory
        # In a session of its own the terminal's Ctrl-C does not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER, *map(str, numbers)], pass_fds=numbers, start_new_session=True
        )
        theirs.close()
        os.close(memory)
        self._pipe = Connection(ours.detach())
        self._pipe.send((task, robot, cameras))
        self._asked: Sequence[int] = ()

    @property
    def busy(self) -> bool:
        """Whether a request has not been fetched yet."""
        return bool(self._asked)

    def ask(self, scene: Scene, cameras: Sequence[int]) -> None:
        """Requests images by cameras' numbers, not while it is busy; raises CameraProcessError."""
        try:
            self._pipe.send((scene, cameras))
        except GONE:
            raise CameraProcessError("the cameras' process has ended") from None
        self._asked = cameras

    def fetch(self) -> dict[int, Picture]:
        """The requested images, by camera's number; none while they are not ready.

        Each (height, width, 3) is valid until the next request. Raises CameraProcessError.
        """
        try:
            if not self._asked or not self._pipe.poll():
                return {}
            self._pipe.recv()
        except GONE:
            raise CameraProcessError("the cameras' process has ended") from None
        asked, self._asked = self._asked, ()
        return {number: self._pictures[number] for number in asked}

    def close(self) -> None:
        """Ends the process after the running request."""
        self._pipe.close()
        self._process.wait()


def shared_pictures(memory: int, cameras: Sequence[Camera]) -> NDArray[np.uint8]:
    """The cameras' images (cameras, height, width, 3) in the shared memory of a file descriptor."""
    shape = len(cameras), cameras[0].height, cameras[0].width, 3
    return np.frombuffer(mmap.mmap(memory, int(np.prod(shape))), np.uint8).reshape(shape)
