"""The gripper's port, on the simulated hand; imports simulation."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from midp_ros.fci.server.transport import PortProtocol, Request, Service
from midp_ros.fci.wire.gripper_packets import (
    GRIPPER_PORT,
    GRIPPER_VERSION,
    HEADER,
    REQUESTS,
    STATE,
    Command,
    Status,
    response,
)
from midp_ros.simulation import Simulation
from midp_ros.simulation.hand import hand_command
from midp_ros.simulation.hand.hand_command import Command as HandCommand

PROTOCOL = PortProtocol(GRIPPER_PORT, GRIPPER_VERSION, HEADER, REQUESTS, response)
CLIENTS = 4  # a command blocks its client, so that another one reads the state meanwhile
EVERY = 20  # milliseconds between two states; a real gripper's rate is not published
SILENCE_S = 0.5  # of wall time at the most: after a second libfranka gives the gripper up
TEMPERATURE_C = 25  # nothing here warms up
OUTCOMES = {
    hand_command.Status.SUCCESS: Status.SUCCESS,
    hand_command.Status.UNSUCCESSFUL: Status.UNSUCCESSFUL,
    hand_command.Status.FAILED: Status.FAIL,
    hand_command.Status.ABORTED: Status.ABORTED,
}


class GripperService:
    """Serves clients of the hand; a command's answer comes when the hand has finished."""

    def __init__(self, simulation: Simulation, host: str, poll: select.epoll):
        self._simulation = simulation
        self._service = Service(host, PROTOCOL, CLIENTS, poll)
        self._running: list[tuple[Request, HandCommand]] = []
        self._grasp: HandCommand | None = None
        self._sent_s = time.monotonic()
        self._answers: dict[int, Callable[[Request], None]] = {
            Command.HOMING: lambda r: self._begin(r, simulation.hand.homing()),
            Command.GRASP: self._grasps,
            Command.MOVE: lambda r: self._begin(r, simulation.hand.move(*r.values)),
            Command.STOP: self._stop,
        }

    def ready(self, descriptor: int) -> None:
        """Serves a descriptor of which the poll says that something has come."""
        if descriptor == self._service.udp.fileno():
            for _ in self._service.datagrams(0):  # clients send none
                pass
            return
        self._service.serve(descriptor, self._answers)

    def after(self, message_id: int) -> None:
        """Answers commands that are done, and sends the state when it is due."""
        if self._running:
            for request, command in self._running:
                if command.status is not hand_command.Status.RUNNING:
                    self._service.answer(request, OUTCOMES[command.status])
            self._running = [pair for pair in self._running if pair[1].status is hand_command.Status.RUNNING]
        if message_id % EVERY == 0:
            self._send(message_id)
        else:
            self.keep_alive(message_id)

    def keep_alive(self, message_id: int) -> None:
        """Sends the state where the last one is old, as when simulated time passes slowly."""
        if time.monotonic() > self._sent_s + SILENCE_S:
            self._send(message_id)

    def state(self, message_id: int) -> bytes:
        """The state's packet now."""
        hand = self._simulation.hand
        return STATE.pack(message_id % 2**32, hand.width_m, hand.max_width_m, self.holds, TEMPERATURE_C)

    @property
    def holds(self) -> bool:
        """Whether the last command was a grasp that has found its object."""
        return self._grasp is not None and self._grasp.status is hand_command.Status.SUCCESS

    def restarted(self) -> None:
        """The simulation has begun another episode: commands end."""
        for request, _ in self._running:
            self._service.answer(request, Status.ABORTED)
        self._running, self._grasp = [], None

    def close(self) -> None:
        """Ends every connection."""
        self._service.close()

    def _send(self, message_id: int) -> None:
        self._sent_s = time.monotonic()
        if self._service.clients:
            self._service.send(self.state(message_id))

    def _begin(self, request: Request, command: HandCommand) -> None:
        self._grasp = None
        self._running.append((request, command))

    def _grasps(self, request: Request) -> None:
        width_m, inner_m, outer_m, speed_m_s, force_n = request.values
        self._begin(request, self._simulation.hand.grasp(width_m, speed_m_s, force_n, inner_m, outer_m))
        self._grasp = self._running[-1][1]

    def _stop(self, request: Request) -> None:
        self._simulation.hand.stop()
        self._grasp = None
        self._service.answer(request, Status.SUCCESS)
