"""The page's web server, on this machine alone; imports viser.

A page that starts and stops an arm must not be reached from elsewhere: it listens on the loopback interface, has no
tunnel to the internet, and refuses connections of other sites' pages that are open in the same browser.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import socket
from collections.abc import Iterator
from functools import partial
from unittest import mock

import viser
import websockets.asyncio.server
from viser import _messages

from midp_ros.core.errors import MidpError

HOST = "127.0.0.1"
# A browser sends the origin of the page that connects (RFC 6455, section 10.2); programs send none. Any port: ssh -L.
ORIGINS = [None, re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")]
PORTS = 100  # tried one after the other


class ServerError(MidpError):
    """The page cannot be served."""


def open_server(port: int, label: str) -> viser.ViserServer:
    """A server on a port, or the next free one.

    Raises:
        ServerError: no port is free.
    """
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)  # a traceback for each browser that goes early
    with _own_pages_only(), _silence():
        server = viser.ViserServer(host=HOST, port=free_port(port), label=label, verbose=False)
    for message in (_messages.ShareUrlRequest, _messages.ShareUrlDisconnect):
        server._websock_server.unregister_handler(message)
    server.gui.configure_theme(show_share_button=False, show_logo=False, control_width="medium")
    return server


def close_server(server: viser.ViserServer) -> None:
    """Ends a server."""
    with _silence():
        server.stop()


def free_port(first: int) -> int:
    """The first free port from one on; raises ServerError."""
    for port in range(first, min(first + PORTS, 65536)):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ServerError(f"the ports {first} to {first + PORTS - 1} of {HOST} are all taken; choose another one")


def _silence() -> contextlib.redirect_stdout[io.StringIO]:
    """viser prints a banner and a farewell."""
    return contextlib.redirect_stdout(io.StringIO())


@contextlib.contextmanager
def _own_pages_only() -> Iterator[None]:
    """viser passes no origins on to websockets."""
    serve = partial(websockets.asyncio.server.serve, origins=ORIGINS)
    with mock.patch.object(websockets.asyncio.server, "serve", serve):
        yield
