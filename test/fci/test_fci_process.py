"""The server in a process of its own, and the command line that starts one."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from control_box import READY, own_host
from raw_client import RawClient

from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.fci.server import FciProcess
from midp_ros.fci.server.fci_server import FciServer, fci_options
from midp_ros.fci.server.robot_description import robot_description
from midp_ros.fci.server.transport import PortError
from midp_ros.kinematics import RobotProfile
from midp_ros.simulation import Simulation
from midp_ros.simulation.safety import ModeError

pytestmark = pytest.mark.processes
HOST = own_host().replace("127.42", "127.47")


def test_the_scene_is_asked_for_and_reset_between_two_milliseconds():
    with FciProcess("reach", robot="panda", host=HOST, pacing="client") as server:
        with pytest.raises(PortError):
            FciProcess("reach", host=HOST)
        server.ask("reset", 5)
        assert 0 < server.ask("status").elapsed_s < 5.0
        status, poses, reflexes = server.ask("report")
        assert set(poses) == {"goal"} and reflexes == ()
        np.testing.assert_allclose(server.ask("observe")["joint_position"], server.ask("state").position_rad, atol=1e-3)
        with RawClient(HOST) as client:
            before = client.state()
            server.ask("place", READY)
            while np.abs(client.state()["q"] - READY).max() > 0.01:
                pass
            assert client.state()["message_id"] > before["message_id"]  # robot time does not begin anew
            assert client.move(0) == 1
            with pytest.raises(ModeError, match="a client's motion runs; stop it before the reset"):
                server.ask("reset", 6)
    with pytest.raises(MidpError, match="the FCI server has ended"):
        server.ask("status")


def test_a_pacing_that_is_none_is_refused():
    with pytest.raises(UnknownNameError, match="pacing"):
        FciServer(Simulation("reach", options=fci_options()), HOST, "as fast as it goes")


def test_a_pandas_description_has_one_velocity_limit_everywhere():
    text = robot_description(RobotProfile.load("panda"))
    assert 'velocity_offset="-2.175"' in text and "finger" not in text and 'name="link8"' in text


def test_the_command_serves_until_it_is_interrupted():
    command = [sys.executable, "-m", "midp_ros.cli.main", "fci", "--task", "reach", "--host", HOST]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert f"FCI listens on {HOST}, ports 1337 and 1338" in process.stdout.readline()
        deadline = time.monotonic() + 20
        while True:
            try:
                client = RawClient(HOST)
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
        with client:
            assert client.state()["robot_mode"] == 1
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
