"""One server and one child with pylibfranka for all tests of a file; each test begins with an idle arm.

They end with the file of tests: the server lives through 1000 milliseconds a second, idle or not.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest
from control_box import DEFAULTS, Box, own_host
from libfranka_client import Client

WITHOUT_LIBFRANKA = {"test_wire.py"}


def pytest_collection_modifyitems(items):
    if find_spec("pylibfranka") is not None:
        return
    skip = pytest.mark.skip(reason="pylibfranka is not here: the extra `fci` brings it, where there is a wheel of it")
    for item in items:
        if Path(__file__).parent in item.path.parents and item.path.name not in WITHOUT_LIBFRANKA:
            item.add_marker(skip)


@pytest.fixture(scope="module")
def served():
    box = Box(own_host())
    yield box
    box.server.close()


@pytest.fixture
def box(served):
    served.server.set_pacing("client")
    served.push(None)
    served.place()
    return served


@pytest.fixture(scope="module")
def connected(served):
    client = Client(served.host)
    client.connect()
    yield client
    client.close()


@pytest.fixture
def client(box, connected):
    connected.call("set_collision_behavior", *DEFAULTS)
    connected.call("set_load", 0.0, [0.0] * 3, [0.0] * 9)
    yield connected
    connected.abandon()
