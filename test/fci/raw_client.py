"""A client of the wire by plain sockets, for what libfranka would not send."""

from __future__ import annotations

import socket
import struct

import numpy as np

from midp_ros.fci.wire.robot_commands import HEADER, REQUESTS, Command, MoveStatus
from midp_ros.fci.wire.robot_packets import ROBOT_PORT, STATE, RobotCommand

MOVING = 2  # of a state's robot mode
DEVIATIONS = (10.0, 3.12, 6.28) * 2


class RawClient:
    """One connection; every wait ends after a second."""

    def __init__(self, host: str, port: int = ROBOT_PORT, connect: bool = True):
        self.tcp = socket.create_connection((host, port), timeout=1.0)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.settimeout(1.0)
        self.server = (host, 0)
        self._received = b""
        if connect:
            assert self.ask(Command.CONNECT, 10, self.udp.getsockname()[1]) == (0, (10).to_bytes(2, "little"))

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.tcp.close()
        self.udp.close()

    def request(self, command: int, *values: float, command_id: int = 7) -> None:
        payload = REQUESTS[command].pack(*values)
        self.tcp.sendall(HEADER.pack(command, command_id, HEADER.size + len(payload)) + payload)

    def response(self) -> tuple[int, int, bytes]:
        """Command, status and what follows it; raises ConnectionError at the connection's end."""
        command, _, size = HEADER.unpack(self._read(HEADER.size))
        body = self._read(size - HEADER.size)
        return command, body[0], body[1:]

    def ask(self, command: int, *values: float) -> tuple[int, bytes]:
        self.request(command, *values)
        answered, status, more = self.response()
        assert answered == command
        return status, more

    def move(self, generator: int, controller: int = 0) -> int:
        return self.ask(Command.MOVE, controller, generator, *DEVIATIONS, False, *[0.0] * 7)[0]

    def begin(self, generator: int, controller: int = 0) -> np.void:
        """Starts a motion; the first state of it."""
        assert self.move(generator, controller) == MoveStatus.MOTION_STARTED
        while (state := self.state())["robot_mode"] != MOVING:
            pass
        return state

    def state(self) -> np.void:
        """The newest state."""
        data, self.server = self.udp.recvfrom(4096)
        self.udp.setblocking(False)
        try:
            while True:
                data = self.udp.recv(4096)
        except BlockingIOError:
            pass
        self.udp.settimeout(1.0)
        return np.frombuffer(data, STATE)[0]

    def next_state(self) -> np.void:
        """The oldest state that has not been read."""
        data, self.server = self.udp.recvfrom(4096)
        return np.frombuffer(data, STATE)[0]

    def send(self, message_id: int, **fields: object) -> None:
        """One command; fields that are not given are zero."""
        values: dict[str, object] = {
            **dict.fromkeys(("q_c", "dq_c", "torque_d"), (0.0,) * 7),
            **{"pose_c": (0.0,) * 16, "twist_c": (0.0,) * 6, "elbow_c": None},
            **dict.fromkeys(("motion_finished", "torque_finished"), False),
            **fields,
        }
        self.udp.sendto(RobotCommand(int(message_id), **values).to_bytes(), self.server)  # type: ignore[arg-type]

    def gone(self) -> bool:
        """Whether the server has ended the connection."""
        try:
            return self.tcp.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def _read(self, size: int) -> bytes:
        while len(self._received) < size:
            if not (data := self.tcp.recv(65536)):
                raise ConnectionError("closed")
            self._received += data
        data, self._received = self._received[:size], self._received[size:]
        return data


def garbage(rng: np.random.Generator, size: int) -> bytes:
    return rng.integers(0, 256, size, np.uint8).tobytes()


def header(command: int, size: int) -> bytes:
    return struct.pack("<III", command, 1, size)
