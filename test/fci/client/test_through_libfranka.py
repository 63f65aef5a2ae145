"""Episodes whose arm is commanded through the real libfranka, on a server that waits for its client."""

import multiprocessing
import os
import time
from multiprocessing import Pipe
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("pylibfranka", reason="the extra `fci` brings it")

from midp_ros.cli.app import app, command_line
from midp_ros.cli.benchmarks.fci import fci_figures
from midp_ros.cli.evaluation import episodes
from midp_ros.cli.evaluation.through_libfranka import AnsweredEpisodes, own_address, require_possible
from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.fci.client.gripper import _read
from midp_ros.fci.client.robot import FciError
from midp_ros.fci.client.simulation import LibfrankaSimulation
from midp_ros.fci.server.fci_process import FciProcess

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def server():
    with FciProcess("pick", host=own_address(os.getpid() + (64 << 16)), pacing="client") as process:
        yield process


@pytest.fixture(scope="module")
def simulation(server):
    found = LibfrankaSimulation(server.host, server.ask, "position")
    yield found
    found.close()


def step_to(simulation, offset_rad):
    """A trajectory that jumps."""
    there = simulation.desired_rad + offset_rad
    return JointTrajectory(np.array([simulation.time_s - 0.01, simulation.time_s + 1.0]), np.stack([there, there]))


def test_a_step_is_a_reflex_in_libfranka_s_words_and_the_next_episode_begins_after_recovery(simulation):
    simulation.reset(1)
    simulation.advance(0.01)  # another first command has an error of its own
    simulation.follow(step_to(simulation, 0.01))
    commanded = simulation.advance(0.1)
    assert len(commanded) < 100 and len(simulation.reflexes) == len(simulation.exceptions) == 1
    assert "joint_motion_generator_velocity_discontinuity" in simulation.reflexes[0].errors
    assert "fr3_joint" in simulation.reflexes[0].reason, "the server's own reason names the joint"
    assert "motion aborted by reflex" in simulation.exceptions[0]
    assert len(simulation.advance(0.1)) == 0, "the motion is over"
    simulation.reset(2)
    assert not simulation.reflexes and len(simulation.advance(0.05)) == 50


def test_the_thread_that_commands_stays_as_it_was_scheduled(simulation):
    """libfranka would give it, and every process that it starts, real-time priority 99: all others stood still."""
    simulation.reset(3)
    simulation.advance(0.01)
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_a_client_that_is_slow_to_begin_leaves_out_nothing(simulation, monkeypatch):
    """Until the first command the server goes on without it; a motion would begin with what it has missed."""
    interface = simulation._robot._interface
    begin = interface.begin

    def slow(state):
        time.sleep(0.2)
        return begin(state)

    monkeypatch.setattr(interface, "begin", slow)
    simulation.reset(1)
    start, u = simulation.desired_rad, np.linspace(0.0, 1.0, 51)[:, None]
    blend = np.concatenate([10 * u**3 - 15 * u**4 + 6 * u**5, (30 * u**2 - 60 * u**3 + 30 * u**4) / 0.5], axis=1)
    position, velocity = start + 0.1 * blend[:, :1], np.repeat(0.1 * blend[:, 1:], len(start), axis=1)
    simulation.follow(JointTrajectory(simulation.time_s + 0.5 * u[:, 0], position, velocity))
    passed = len(simulation.advance(0.6))
    assert not simulation.exceptions and passed == 600
    np.testing.assert_allclose(simulation.desired_rad, start + 0.1, atol=1e-9)


def test_observations_are_the_robot_s_own_as_libfranka_reports_them(server, simulation):
    simulation.reset(3)
    simulation.advance(0.02)
    seen, there = simulation.observe(), server.ask("observe")
    assert seen.keys() == there.keys()
    for name, value in there.items():  # the wire carries floats
        np.testing.assert_allclose(seen[name], value, atol=2e-5 if name != "joint_torque" else 1e-3, err_msg=name)


def test_the_hand_grasps_and_opens_while_the_arm_is_commanded_on(simulation):
    simulation.reset(4)
    simulation.move_gripper(0.0)
    simulation.advance(2.0)
    assert simulation.observe()["gripper_width"][0] < 0.005
    simulation.move_gripper(0.08)
    simulation.advance(2.0)
    assert simulation.observe()["gripper_width"][0] == pytest.approx(0.08, abs=1e-3)
    assert not simulation.exceptions


@pytest.mark.parametrize("mode", ["position", "velocity", "torque"])
def test_reach_succeeds_in_every_mode_as_in_process(mode):
    result, before = {}, set(multiprocessing.active_children())
    for through in ("", "libfranka"):
        job = episodes.checked(episodes.Job("models/reach.onnx", "reach", through=through, mode=mode))
        run = episodes.begin(job)
        result[through] = run(7)
    assert set(multiprocessing.active_children()) > before
    run.close()
    assert set(multiprocessing.active_children()) <= before, "the server and the hand's processes end"
    assert result["libfranka"]["success"] and result["libfranka"]["exceptions"] == [], result
    assert result["libfranka"]["duration_s"] == pytest.approx(result[""]["duration_s"], abs=0.3)


def test_a_host_without_a_robot_is_named():
    with pytest.raises(FciError, match="no robot at 127.43.0.9: .*refused"):
        LibfrankaSimulation("127.43.0.9", lambda name: None)


def test_an_episode_without_an_answer_begins_again_once_with_a_new_server():
    class Fake:
        closed = False

        def close(self):
            self.closed = True

    made, seen = [], []

    def make():
        made.append(Fake())
        return made[-1]

    def episode(simulation, seed):
        seen.append((simulation, seed))
        if simulation is made[0] or seed == 9:
            raise FciError("the robot has not answered")
        return {"seed": seed}

    run = AnsweredEpisodes(episode, make)
    assert run(7) == {"seed": 7} and [s for _, s in seen] == [7, 7]
    assert made[0].closed and not made[1].closed
    assert run(8) == {"seed": 8} and len(made) == 2
    with pytest.raises(FciError):
        run(9)
    run.close()
    assert all(simulation.closed for simulation in made)


def test_what_cannot_be_run_is_refused_before_the_first_episode():
    with pytest.raises(UnknownNameError, match="'franky'; known: libfranka"):
        require_possible("franky", "position", True)
    with pytest.raises(MidpError, match="--no-shaped"):
        require_possible("libfranka", "position", False)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("reach", "--mode", "torque"), "--mode torque is of libfranka: give --through libfranka, too"),
        (("reach", "--through", "libfranka", "--interface", "effort"), "it is --mode that counts"),
        (("pusht", "--through", "libfranka"), "Push-T has no arm that --through libfranka could command"),
    ],
)
def test_what_would_not_count_is_refused(arguments, reason):
    command_line()
    with pytest.raises(MidpError, match=reason):
        CliRunner().invoke(app, ["evaluate", *arguments, "--episodes", "1", "--no-page"], catch_exceptions=False)


def test_a_client_that_thinks_for_longer_than_libfranka_waits_goes_on(simulation):
    """libfranka ends a gripper's connection after a second without a state."""
    simulation.reset(5)
    simulation.advance(0.1)
    time.sleep(1.3)
    assert len(simulation.advance(0.1)) == 100
    simulation.reset(6)  # waits for a fresh width
    assert not simulation.exceptions


def test_the_reader_of_a_hand_whose_starting_process_has_ended_ends_quietly(monkeypatch, signals):
    """libfranka loses the hand in the moment in which an evaluation ends."""
    ours, theirs = Pipe()

    class Lost:
        def __init__(self, host):
            pass

        def read_once(self):
            ours.close()
            raise RuntimeError("libfranka: UDP receive: Timeout")

    monkeypatch.setattr("pylibfranka.Gripper", Lost)
    width_m = SimpleNamespace(value=0.08)
    _read("127.0.0.1", theirs, width_m, SimpleNamespace(value=0))
    assert ours.closed and width_m.value == 0.08


def test_the_control_box_is_measured_in_real_time():
    """`midp bench --fci`: there the client is not waited for."""
    figures = fci_figures(0.02)
    assert 0 < figures["fci_real_time_factor"] < 1.1 and 0 < figures["fci_cpu_share"]
