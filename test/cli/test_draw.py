"""`midp draw`: what a mouse draws in a real browser arrives in a file, and only the page's own requests do."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from http.client import HTTPConnection

import browser
import numpy as np
import pytest

from midp_ros.cli.draw import write
from midp_ros.cli.drawing.draw_server import HOST, X_M, Y_M, open_draw_server
from midp_ros.core.errors import MidpError
from midp_ros.drawing import DrawnPath, Placement


@pytest.fixture
def server():
    drawings = []

    def save(points_m, last):
        if len(points_m) < 2:
            raise MidpError("too short")
        drawings.append(points_m)
        return "kept"

    opened = open_draw_server(18400, save)
    threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    opened.drawings = drawings
    yield opened
    opened.shutdown()
    opened.server_close()


def ask(server, method, path, body=None, **headers):
    port = server.server_address[1]
    connection = HTTPConnection(HOST, port, timeout=10)
    own = {"Host": f"{HOST}:{port}", "Origin": f"http://{HOST}:{port}", **headers}
    connection.request(method, path, body, {k: v for k, v in own.items() if v is not None})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


DRAWING = json.dumps({"points_m": [[0.5, 0.0], [0.5, 0.1]], "finish": False})


def test_a_drawing_arrives(server):
    assert ask(server, "POST", "/save", DRAWING) == (200, '{"message": "kept"}')
    np.testing.assert_array_equal(server.drawings[0], [[0.5, 0.0], [0.5, 0.1]])
    assert str(list(X_M)) in ask(server, "GET", "/")[1]


OTHERS = {"Origin": "http://a.org"}, {"Origin": None}, {"Host": "a.org"}, {"Origin": "null"}
NO_DRAWINGS = "", "no json", "[]", '{"points_m": [[1, 2, 3]], "finish": true}', '{"points_m": [["a", 1]]}'


@pytest.mark.parametrize("headers", OTHERS)
def test_another_sites_page_cannot_write(server, headers):
    assert ask(server, "POST", "/save", DRAWING, **headers)[0] == 403
    assert not server.drawings


@pytest.mark.parametrize("body", NO_DRAWINGS)
def test_what_is_no_drawing_is_answered_with_the_reason(server, body):
    status, text = ask(server, "POST", "/save", body)
    assert status == 400 and json.loads(text)["message"]
    assert ask(server, "POST", "/save", '{"points_m": [], "finish": false}') == (400, '{"message": "too short"}')
    assert ask(server, "GET", "/etc/passwd")[0] == 404


@pytest.mark.parametrize("suffix", [".csv", ".svg"])
def test_both_kinds_of_file_are_read_back(tmp_path, suffix):
    """A CSV file keeps its place; an SVG file its shape, here 10 by 20 cm, turned as it was drawn."""
    corner_m = np.array([[0.60, 0.10], [0.50, 0.10], [0.50, -0.10]])  # an L: towards the arm, then to its right
    file = tmp_path / f"corner{suffix}"
    assert write(file, corner_m, 0.12) == pytest.approx(0.3)
    points = DrawnPath.load(file, Placement(size_m=0.2, height_m=0.12)).points_m
    wanted = np.column_stack([corner_m, np.full(3, 0.12)])
    offset = points[0] - wanted[0]
    np.testing.assert_allclose(points, wanted + offset, atol=1e-4)
    assert suffix == ".svg" or not offset.any()


@pytest.mark.processes
@pytest.mark.skipif(browser.program() is None, reason="NOT CHECKED in a browser, since there is no Chromium")
def test_the_mouse_draws_a_square_and_the_command_ends(tmp_path):
    """20 cm wide: the sheet shows its width in metres."""
    file = tmp_path / "square.csv"
    command = [sys.executable, "-m", "midp_ros.cli.main", "draw", str(file), "--port", "18500"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    opened = None
    try:
        address = re.search(r"http://\S+", process.stdout.readline()).group()
        opened = browser.Browser(address)
        opened.press("square")
        left, top, width = opened.run("(r => [r.x, r.y, r.width])(sheet.getBoundingClientRect())")
        side = 0.2 * width / (Y_M[1] - Y_M[0])
        opened.mouse("mousePressed", left + 100, top + 60)
        opened.mouse("mouseMoved", left + 100 + side, top + 60 + side)
        opened.mouse("mouseReleased", left + 100 + side, top + 60 + side)
        opened.press("save and finish")
        assert process.wait(20) == 0
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if opened is not None:
            opened.close()
    assert f"midp record --task trace --path {file}" in process.stdout.read()
    points = DrawnPath.load(file).points_m
    np.testing.assert_allclose(np.ptp(points, axis=0), [0.2, 0.2, 0.0], atol=2e-3)
    assert np.linalg.norm(np.diff(points, axis=0), axis=1).sum() == pytest.approx(0.8, abs=0.01)
