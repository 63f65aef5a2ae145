"""Connections: who may connect, what happens when a client dies, and what the state says, field by field."""

import socket
import time

import numpy as np
import pytest
from control_box import own_host
from libfranka_client import Client, ClientError
from raw_client import RawClient, garbage, header

from midp_ros.core.errors import MidpError
from midp_ros.fci.server import fci_server, gripper_service
from midp_ros.fci.server.fci_server import FciServer
from midp_ros.fci.server.transport import PortError
from midp_ros.fci.wire import gripper_packets
from midp_ros.fci.wire.gripper_packets import GRIPPER_PORT
from midp_ros.fci.wire.robot_commands import Command, MoveStatus
from midp_ros.kinematics.elbow import elbow
from midp_ros.simulation import Simulation

pytestmark = pytest.mark.processes


@pytest.fixture
def alone(box, connected):
    """The robot's port without libfranka's client."""
    connected.disconnect()
    yield box
    connected.connect()


@pytest.fixture
def raw(alone):
    with RawClient(alone.host) as client:
        yield client


def test_every_field_of_the_state_is_the_arms(client, box):
    """Between two commands time stands still, so that both sides look at the same millisecond."""
    start = client.start("joint_position")
    moving = np.array(start["q_d"]) + 0.02 * (1 - np.cos(np.arange(900) / 100))[:, None] * np.eye(7)[3]
    for part in np.split(moving, 10):  # where this machine was too busy for the first command, the client lags behind
        result = client.follow(part, finish=False, every=89)
        assert result["error"] is None
        seen = result["seen"][-1]
        state, mounting, id_ = box.call(lambda: (box.robot.state(), box.robot.settings.mounting, box.time_ms))
        if seen["time"] == pytest.approx(id_ / 1000):
            break

    def columns(pose):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = pose.rotation, pose.position_m
        return matrix.T.ravel()

    tool, profile = state.end_effector_in_flange, box.simulation.profile
    expected = {
        **{"q": state.position_rad, "dq": state.velocity_rad_s, "theta": state.position_rad},
        **{"dtheta": state.velocity_rad_s, "tau_J": state.torque_nm, "tau_J_d": state.desired_torque_nm},
        **{"dtau_J": state.torque_rate_nm_s, "q_d": state.desired_position_rad, "dq_d": state.desired_velocity_rad_s},
        **{"ddq_d": state.desired_acceleration_rad_s2, "tau_ext_hat_filtered": state.external_torque_nm},
        **{"O_F_ext_hat_K": state.wrench_base, "K_F_ext_hat_K": state.wrench_stiffness},
        **{"O_T_EE": columns(state.flange_measured @ tool), "O_T_EE_d": columns(state.flange_desired @ tool)},
        **{"O_T_EE_c": columns(state.flange_desired @ tool), "O_dP_EE_d": state.desired_twist},
        **{"O_dP_EE_c": state.desired_twist, "O_ddP_EE_c": state.desired_cartesian_acceleration},
        **{"F_T_EE": columns(tool), "EE_T_K": np.eye(4).ravel(), "NE_T_EE": columns(mounting.tool_in_nominal)},
        **{"F_T_NE": columns(mounting.nominal_in_flange), "m_ee": state.end_effector.mass_kg},
        **{"I_ee": state.end_effector.inertia_kg_m2.ravel(), "F_x_Cee": state.end_effector.centre_m},
        **{"m_load": 0.0, "I_load": np.zeros(9), "F_x_Cload": np.zeros(3), "m_total": state.end_effector.mass_kg},
        **dict.fromkeys(("elbow_c", "elbow_d"), elbow(profile.elbow, state.desired_position_rad)),
        **{"elbow": elbow(profile.elbow, state.position_rad), "O_ddP_O": [0, 0, -9.81]},
        **dict.fromkeys(("joint_contact", "joint_collision"), np.zeros(7)),
        **dict.fromkeys(("cartesian_contact", "cartesian_collision"), np.zeros(6)),
        "control_command_success_rate": 1.0,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(seen[name], value, rtol=3e-7, atol=1e-6, err_msg=name)
    assert (seen["robot_mode"], seen["current_errors"], seen["last_motion_errors"]) == ("Move", [], [])
    assert seen["time"] == pytest.approx(id_ / 1000)


def test_the_states_modes_are_those_of_the_motion(raw):
    assert (raw.state()["motion_generator_mode"], raw.state()["controller_mode"]) == (0, 3)
    for generator, controller, shown in ((0, 0, 1), (1, 1, 2), (2, 0, 3), (3, 1, 4), (4, 2, 5), (0, 2, 1)):
        state = raw.begin(generator, controller)
        assert (state["motion_generator_mode"], state["controller_mode"]) == (shown, controller)
        raw.request(Command.STOP_MOVE)
        answers = [raw.response() for _ in range(2)]
        assert [answer[:2] for answer in answers] == [(Command.MOVE, MoveStatus.PREEMPTED), (Command.STOP_MOVE, 0)]


def test_a_second_client_is_cut_off_and_the_first_goes_on(client, box):
    start = client.start("joint_position")
    second = Client(box.host)
    # Which words depends on whether it was still connecting, sending or waiting.
    with pytest.raises(ClientError, match="NetworkException: libfranka: .*(interrupted|reset by peer)"):
        second.connect()
    second.close()
    assert client.follow(np.tile(start["q_d"], (50, 1)))["error"] is None


def test_a_client_killed_in_motion_stops_the_arm_and_the_next_one_recovers(alone):
    dying = Client(alone.host)
    dying.connect()
    start = dying.start("joint_velocity")
    dying.follow(np.linspace(0, 1, 300)[:, None] * np.eye(7)[0], finish=False)
    assert alone.simulation.arm.velocity_rad_s[0] > 0.5
    dying.kill()
    deadline = time.monotonic() + 20
    while alone.robot.modes.mode.name != "REFLEX" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alone.robot.modes.current_errors == {"communication_constraints_violation"}
    following = Client(alone.host)
    following.connect()
    state = following.state()
    assert (state["robot_mode"], state["current_errors"]) == ("Reflex", ["communication_constraints_violation"])
    assert state["q"][0] - start["q"][0] > 0.1 and np.abs(state["dq"]).max() < 0.05
    following.call("automatic_error_recovery")
    state = following.start("joint_position")
    assert following.follow(np.tile(state["q_d"], (10, 1)))["error"] is None
    following.close()


def test_a_client_that_hangs_is_waited_for_once(raw, alone, monkeypatch):
    """Where it sets the pace; afterwards its commands are lost as on a robot."""
    monkeypatch.setattr(fci_server, "PATIENCE_S", 0.5)
    state = raw.begin(0)
    raw.send(state["message_id"], q_c=tuple(state["q_d"].astype(float)))
    begun = time.monotonic()
    assert raw.response()[:2] == (Command.MOVE, MoveStatus.REFLEX_ABORTED)
    assert time.monotonic() - begun < 0.95  # once, and not for each of 20 commands
    assert alone.robot.modes.current_errors == {"communication_constraints_violation"}


def test_a_state_that_the_client_has_lost_comes_again(raw, alone, monkeypatch):
    """Else both wait, until libfranka gives up after a second."""
    monkeypatch.setattr(fci_server, "FIRST_PATIENCE_S", 1.0)  # with a test that is held up before its first command
    state = raw.begin(0)
    held = tuple(state["q_d"].astype(float))
    raw.send(state["message_id"], q_c=held)
    monkeypatch.setattr(fci_server, "SILENCE_S", 0.05)
    lost = after(raw, state)
    again = raw.state()
    assert again["message_id"] == lost["message_id"] == state["message_id"] + 1
    raw.send(again["message_id"], q_c=held, motion_finished=True)
    assert after(raw, again)["message_id"] == again["message_id"] + 1


def after(raw, state):
    """The first later one: a state comes again, too, where this test was held up before its command."""
    while (later := raw.next_state())["message_id"] <= state["message_id"]:
        pass
    return later


def test_after_a_client_that_hung_the_next_motion_s_is_waited_for_again(raw, alone, monkeypatch):
    monkeypatch.setattr(fci_server, "PATIENCE_S", 0.1)
    state = raw.begin(0)
    raw.send(state["message_id"], q_c=tuple(state["q_d"].astype(float)))
    assert raw.response()[:2] == (Command.MOVE, MoveStatus.REFLEX_ABORTED)
    raw.tcp.settimeout(20.0)  # recovery takes its time, and more on a busy machine
    assert raw.ask(Command.AUTOMATIC_ERROR_RECOVERY)[0] == 0
    monkeypatch.setattr(fci_server, "FIRST_PATIENCE_S", 5.0)
    state = raw.begin(0)
    time.sleep(0.1)
    assert alone.time_ms == state["message_id"]


def test_the_gripper_s_state_comes_while_the_client_is_waited_for(raw, alone, monkeypatch):
    """Without one for a second libfranka gives its gripper up."""
    monkeypatch.setattr(gripper_service, "SILENCE_S", 0.05)
    monkeypatch.setattr(fci_server, "SILENCE_S", 0.05)
    with RawClient(alone.host, GRIPPER_PORT, connect=False) as hand:
        hand.tcp.sendall(bytes.fromhex("0000010000000e0000000300") + hand.udp.getsockname()[1].to_bytes(2, "little"))
        state = raw.begin(0)
        raw.send(state["message_id"], q_c=tuple(state["q_d"].astype(float)))
        ids = []
        while ids[-3:] != [alone.time_ms] * 3:  # those before it have waited in the socket
            ids.append(gripper_packets.STATE.unpack(hand.udp.recv(64))[0])
        assert ids[-1] > state["message_id"]


@pytest.mark.parametrize("version", [0, 9, 11])
def test_another_version_of_the_protocol_is_refused(alone, version):
    with RawClient(alone.host, connect=False) as client:
        status, more = client.ask(Command.CONNECT, version, client.udp.getsockname()[1])
        assert (status, int.from_bytes(more, "little")) == (1, 10)


def test_a_client_of_the_gripper_is_told_of_its_version(alone):
    with socket.create_connection((alone.host, GRIPPER_PORT), timeout=1) as tcp:
        tcp.sendall(bytes.fromhex("0000010000000e00000002003930"))
        assert tcp.recv(64) == bytes.fromhex("0000010000000e00000001000300")


def test_nothing_is_done_before_connect(alone):
    with RawClient(alone.host, connect=False) as client:
        client.request(Command.STOP_MOVE)
        assert client.gone()


@pytest.mark.parametrize(
    "data", [header(99, 12), header(1, 12), header(2, 2**32 - 1), garbage(np.random.default_rng(0), 900)]
)
def test_a_message_of_no_meaning_ends_its_connection(alone, data):
    with RawClient(alone.host) as client:
        client.tcp.sendall(data)
        while not client.gone():
            pass
    with RawClient(alone.host) as client:
        assert client.state()["robot_mode"] == 1


def test_a_request_may_come_in_pieces_and_two_at_once(raw):
    whole = header(Command.STOP_MOVE, 12) * 2
    for part in (whole[:5], whole[5:13], whole[13:]):
        raw.tcp.sendall(part)
        time.sleep(0.01)
    assert [raw.response()[:2] for _ in range(2)] == [(Command.STOP_MOVE, 0)] * 2


def test_commands_from_elsewhere_count_for_nothing(raw, alone):
    """Another process of the machine must not move the arm of a connected client."""
    assert raw.move(0) == MoveStatus.MOTION_STARTED
    state = raw.state()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        before = alone.server.robot._service.rejected
        stranger.sendto(bytes(371), raw.server)
        deadline = time.monotonic() + 5
        while alone.server.robot._service.rejected == before and time.monotonic() < deadline:
            time.sleep(0.01)
    assert alone.server.robot._service.rejected == before + 1
    assert raw.state()["robot_mode"] == 2
    np.testing.assert_allclose(raw.state()["q_d"], state["q_d"])


@pytest.mark.parametrize(
    "sent, error",
    [
        ({"pose_c": (1.0,) * 16}, "cartesian_position_motion_generator_invalid_frame"),
        ({"elbow": (0.1, 0)}, "cartesian_motion_generator_start_elbow_invalid"),
        ({"elbow": (0.0, 2)}, "cartesian_motion_generator_elbow_sign_inconsistent"),
        ({"bend": 0.05}, "cartesian_motion_generator_elbow_limit_violation"),
    ],
)
def test_poses_and_elbows_that_libfranka_would_not_send(raw, alone, sent, error):
    state = raw.begin(2)
    pose, bent = tuple(state["O_T_EE_c"].astype(float)), tuple(state["elbow_c"].astype(float))
    elbows = [(bent[0] + sent["elbow"][0], bent[1] - sent["elbow"][1])] if "elbow" in sent else [bent]
    if "bend" in sent:
        elbows = [bent, bent, (bent[0] + sent["bend"], bent[1])]
    for values in elbows:
        raw.send(state["message_id"], pose_c=sent.get("pose_c", pose), elbow_c=values)
        state = raw.state()
    command, status, _ = raw.response()
    assert (command, status) == (Command.MOVE, MoveStatus.REFLEX_ABORTED)
    assert alone.robot.modes.current_errors == {error}


def test_an_elbow_moves_while_the_tool_stands(raw, alone):
    state = raw.begin(2)
    pose, bent = tuple(state["O_T_EE_c"].astype(float)), tuple(state["elbow_c"].astype(float))
    for i in range(400):
        elbow_c = (bent[0] + 0.05 * (1 - np.cos(np.pi * min(i, 396) / 396)), bent[1])
        raw.send(state["message_id"], pose_c=pose, elbow_c=elbow_c, motion_finished=i == 399)
        state = raw.state()
    assert raw.response()[:2] == (Command.MOVE, MoveStatus.SUCCESS)
    after = raw.state()
    assert after["elbow_d"][0] - bent[0] == pytest.approx(0.1, abs=1e-4)
    np.testing.assert_allclose(after["O_T_EE_d"], pose, atol=1e-5)


def test_a_port_that_is_taken_is_named(box):
    with pytest.raises(PortError, match=rf"cannot listen on {box.host}:1337: Address already in use; end what listens"):
        FciServer(box.simulation, box.host)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("", "no address to listen on"),  # to the socket it means every address
        ("nowhere.invalid", "cannot listen on nowhere.invalid:1337: .*; give an IPv4 address of this machine"),
        ("203.0.113.1", "Cannot assign requested address; give an IPv4 address of this machine"),
    ],
)
def test_an_address_that_is_none_of_this_machine_is_not_called_taken(box, host, reason):
    with pytest.raises(PortError, match=reason):
        FciServer(box.simulation, host)


def test_a_server_that_is_closed_at_any_moment_ends_and_says_so_to_who_calls_it():
    simulation, host = Simulation("reach", options=fci_server.fci_options()), own_host().replace("127.42.", "127.43.")
    for number in range(60):
        server = FciServer(simulation, host)
        server.start()
        time.sleep(number % 7 * 3e-4)
        server.close()
        assert not server._thread.is_alive()
        with pytest.raises(MidpError, match="the FCI server is closed"):
            server.call(lambda: None)
