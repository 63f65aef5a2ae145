"""The page on which a path is drawn, served on this machine alone; imports drawing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.package_files import package_path

HOST = "127.0.0.1"
PORTS = 100  # tried one after the other
OWN = re.compile(r"(http://)?(localhost|127\.0\.0\.1)(:\d+)?")  # another site's page must not write files
LARGEST = 4_000_000  # bytes of a request
X_M, Y_M = (0.32, 0.68), (-0.28, 0.28)  # the sheet, in the base frame: an arm's comfortable reach
Save = Callable[[Array, bool], str]  # points (points, 2) [m], whether it is the last; returns what to say


class DrawServerError(MidpError):
    """The page cannot be served."""


def open_draw_server(port: int, save: Save) -> ThreadingHTTPServer:
    """A server on a port, or on the next free one; `serve_forever` runs it.

    Args:
        save: takes a drawing; raises MidpError where it cannot be kept.

    Raises:
        DrawServerError: no port is free.
    """

    class Handler(_Handler):
        keep = staticmethod(save)

    for number in range(port, min(port + PORTS, 65536)):
        try:
            return ThreadingHTTPServer((HOST, number), Handler)
        except OSError:
            continue
    raise DrawServerError(f"the ports {port} to {port + PORTS - 1} of {HOST} are all taken; --port chooses others")


class _Handler(BaseHTTPRequestHandler):
    keep: Save

    def do_GET(self) -> None:
        """The page."""
        if self.path != "/" or not OWN.fullmatch(self.headers.get("Host", "")):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        page = package_path("config", "drawing", "page.html").read_text()
        sheet = json.dumps({"x_m": X_M, "y_m": Y_M})
        self._answer(HTTPStatus.OK, page.replace("__WORKSPACE__", sheet), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        """A drawing."""
        origin = self.headers.get("Origin", "")
        if self.path != "/save" or not OWN.fullmatch(self.headers.get("Host", "")) or not OWN.fullmatch(origin):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        try:
            points_m, last = self._drawing()
            self._say(HTTPStatus.OK, type(self).keep(points_m, last))
        except MidpError as e:
            self._say(HTTPStatus.BAD_REQUEST, str(e))

    def _drawing(self) -> tuple[Array, bool]:
        size = int(self.headers.get("Content-Length") or 0)
        if not 0 < size <= LARGEST:
            raise DrawServerError(f"a drawing has 1 to {LARGEST} bytes, got {size}")
        try:
            given = json.loads(self.rfile.read(size))
            return np.array(given["points_m"], float).reshape(-1, 2), bool(given["finish"])
        except (ValueError, KeyError, TypeError) as e:
            raise DrawServerError(f"this is no drawing: {e}") from None

    def _say(self, status: HTTPStatus, message: str) -> None:
        self._answer(status, json.dumps({"message": message}), "application/json")

    def _answer(self, status: HTTPStatus, text: str, kind: str) -> None:
        content = text.encode()
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(content)), "Cache-Control": "no-store"}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the command says what was saved."""
