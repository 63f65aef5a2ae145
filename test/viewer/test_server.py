"""The page is for this machine's own browser: port, interface and origin."""

import socket

import pytest

pytest.importorskip("viser", reason="NOT CHECKED, since the extra `viewer` is not installed")

import viser
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from midp_ros.viewer.server import HOST, ServerError, close_server, free_port, open_server


@pytest.fixture
def server(capfd):
    opened = open_server(18080, "a test")
    yield opened
    close_server(opened)
    assert not capfd.readouterr().out, "viser's banner and farewell"


def test_a_taken_port_gives_way_to_the_next_one(server):
    port = server.get_port()
    second = open_server(port, "another")
    assert port < second.get_port() < port + 100
    close_server(second)


def test_no_port_at_all(monkeypatch):
    monkeypatch.setattr("midp_ros.viewer.server.PORTS", 1)
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"{port} to {port}"):
            free_port(port)


def _connect(server, **options):
    url = f"ws://{HOST}:{server.get_port()}"
    return connect(url, subprotocols=[f"viser-v{viser.__version__}"], compression=None, max_size=None, **options)


@pytest.mark.parametrize("origin", ["http://localhost:9999", "http://127.0.0.1:18080", None])
def test_its_own_page_may_connect(server, origin):
    with _connect(server, origin=origin) as connection:
        assert connection.recv(10)


@pytest.mark.parametrize("origin", ["http://a.org", "http://localhost.a.org", "http://127.0.0.1.a.org", "null"])
def test_another_sites_page_may_not(server, origin):
    """Any page that is open in the same browser could press resume otherwise."""
    with pytest.raises(InvalidStatus):
        _connect(server, origin=origin)


def test_it_listens_on_the_loopback_interface_alone(server):
    sockets = [line.split() for line in open("/proc/net/tcp").read().splitlines()[1:]]
    port = f"{server.get_port():04X}"
    listening = [fields[1] for fields in sockets if fields[3] == "0A" and fields[1].endswith(f":{port}")]
    assert listening == [f"0100007F:{port}"]


def test_no_browser_opens_a_tunnel_to_the_internet(server):
    from viser import _messages

    handlers = server._websock_server._incoming_handlers
    assert not handlers.get(_messages.ShareUrlRequest)
