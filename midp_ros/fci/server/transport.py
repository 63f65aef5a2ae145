"""A listening port with its TCP clients and one UDP socket; imports the standard library only."""

from __future__ import annotations

import errno
import select
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from midp_ros.core.errors import MidpError

AT_ONCE = 64  # datagrams that are read in one go; a flood of them must not stop the clock
RECEIVE_BYTES = 65536
KEEPALIVE = {socket.TCP_KEEPIDLE: 5, socket.TCP_KEEPINTVL: 2, socket.TCP_KEEPCNT: 3}  # [s], [s], probes


class PortError(MidpError):
    """A port on which the server cannot listen."""


@dataclass(frozen=True)
class PortProtocol:
    """A port and its messages. Command 0 is CONNECT: version and UDP port; answers are 0, or 1 to another version.

    Attributes:
        header: of a message: command, command id, size of the whole message.
        requests: layout of each command's request.
        response: the bytes of a response: command, command id, status, and what follows it.
    """

    port: int
    version: int
    header: struct.Struct
    requests: Mapping[int, struct.Struct]
    response: Callable[[int, int, int, bytes], bytes]


CONNECT, CONNECTED, INCOMPATIBLE = 0, 0, 1


@dataclass
class Client:
    """A TCP connection.

    Attributes:
        address: of its UDP socket, known once it has connected.
        received: bytes of a message that is not complete yet.
    """

    connection: socket.socket
    host: str
    address: tuple[str, int] | None = None
    received: bytearray = field(default_factory=bytearray)

    @property
    def connected(self) -> bool:
        """Whether the connection is open."""
        return self.connection.fileno() >= 0


@dataclass(frozen=True)
class Request:
    """A complete TCP message: who sent it, what it asks for and its numbers."""

    client: Client
    command: int
    command_id: int
    values: tuple


class Service:
    """Reads whole requests of the right size, closes connections that send anything else, and answers.

    Args:
        most: clients at once; a further one is cut off, which libfranka reports as an interrupted connection.

    Attributes:
        clients: those connected.
        rejected: messages and datagrams of no meaning so far.
    """

    def __init__(self, host: str, protocol: PortProtocol, most: int, poll: select.epoll):
        self._protocol, self._most, self._poll = protocol, most, poll
        self.clients: dict[int, Client] = {}
        self.rejected = 0
        if not host:  # to the socket: every address of the machine, from wherever it is reached
            raise PortError("no address to listen on: give one of this machine, as 127.0.0.1; 0.0.0.0 means all")
        self._listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._listening.bind((host, protocol.port))
            self._listening.listen()
            self.udp.bind((host, 0))
        except OSError as e:
            self._listening.close()
            self.udp.close()
            taken = "end what listens there, or choose another host (each of 127.0.0.1, 127.0.0.2, ... is one)"
            advice = taken if e.errno == errno.EADDRINUSE else "give an IPv4 address of this machine, as 127.0.0.1"
            raise PortError(f"cannot listen on {host}:{protocol.port}: {e.strerror}; {advice}") from None
        for sock in (self._listening, self.udp):
            sock.setblocking(False)
            poll.register(sock, select.EPOLLIN)

    def close(self) -> None:
        """Ends every connection."""
        for client in list(self.clients.values()):
            self.drop(client)
        for sock in (self._listening, self.udp):
            self._poll.unregister(sock)
            sock.close()

    def serve(self, descriptor: int, answers: Mapping[int, Callable[[Request], None]]) -> None:
        """Answers the requests that a descriptor of this service brings, after `poll` has named it; CONNECT first."""
        if descriptor == self._listening.fileno():
            self._accept()
            return
        if (client := self.clients.get(descriptor)) is None:
            return
        for request in self._read(client):
            if request.command == CONNECT:
                self._connect(request)
            elif client.address is not None:
                answers[request.command](request)
            else:
                self.drop(client)
                return

    def datagrams(self, size: int) -> Iterator[bytes]:
        """Datagrams of the right size from connected clients, oldest first."""
        known = {client.address for client in self.clients.values()}
        for _ in range(AT_ONCE):
            try:
                data, address = self.udp.recvfrom(RECEIVE_BYTES)
            except OSError:  # none left, or an answer that a client's port is closed
                return
            if len(data) == size and address in known:
                yield data
            else:
                self.rejected += 1

    def send(self, data: bytes) -> None:
        """Sends a datagram to every connected client."""
        for client in self.clients.values():
            if client.address is not None:
                try:
                    self.udp.sendto(data, client.address)
                except OSError:  # as on a wire, it is lost
                    pass

    def answer(self, request: Request, status: int, more: bytes = b"") -> None:
        """Sends a response; a client that does not read them is dropped."""
        client, message = request.client, self._protocol.response(request.command, request.command_id, status, more)
        if not client.connected:
            return
        try:
            sent = client.connection.send(message)
        except OSError:
            sent = 0
        if sent < len(message):
            self.drop(client)

    def drop(self, client: Client) -> None:
        """Ends a connection."""
        if self.clients.pop(client.connection.fileno(), None) is not None:
            self._poll.unregister(client.connection)
        client.connection.close()

    def _connect(self, request: Request) -> None:
        version, port = request.values
        good = version == self._protocol.version and port > 0
        self.answer(request, CONNECTED if good else INCOMPATIBLE, self._protocol.version.to_bytes(2, "little"))
        if good:
            request.client.address = (request.client.host, port)

    def _accept(self) -> None:
        try:
            connection, (host, _) = self._listening.accept()
        except OSError:
            return
        if len(self.clients) >= self._most:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, no end
            connection.close()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # of a machine that is gone without a word
        for option, value in KEEPALIVE.items():
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        self.clients[connection.fileno()] = Client(connection, host)
        self._poll.register(connection, select.EPOLLIN)

    def _read(self, client: Client) -> Iterator[Request]:
        try:
            data = client.connection.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drop(client)
            return
        client.received += data
        header = self._protocol.header
        while len(client.received) >= header.size:
            command, command_id, size = header.unpack_from(client.received)
            layout = self._protocol.requests.get(command)
            if layout is None or size != header.size + layout.size:
                self.rejected += 1
                self.drop(client)
                return
            if len(client.received) < size:
                return
            values = layout.unpack_from(client.received, header.size)
            del client.received[:size]
            yield Request(client, command, command_id, values)
            if not client.connected:
                return
