"""Random motions near the limits, through libfranka: nothing complains. At length: random_motions.py."""

import pytest
from control_box import own_host
from libfranka_client import Client
from random_motions import run

from midp_ros.fci.server import FciProcess

pytestmark = pytest.mark.processes
HOST = own_host().replace("127.42", "127.48")


@pytest.fixture(scope="module")
def both():
    with FciProcess("pick", host=HOST, pacing="client") as server:
        client = Client(HOST)
        client.connect()
        yield server, client
        client.close()


@pytest.mark.parametrize("kind", ["joint_position", "joint_velocity", "cartesian_pose", "cartesian_velocity", "torque"])
def test_motions_near_the_limits_raise_nothing(both, kind):
    assert run(*both, kind, seconds=1.0)["exceptions"] == 0
