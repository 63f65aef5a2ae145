"""Streams of good and bad commands against the control box, through the node's own conversions but without DDS.

By default every kind of stream is played with every controller; `MIDP_FUZZ_STREAMS=1000 pytest -s
test/nodes/test_robot_fuzz.py` plays a thousand and prints what came of them.
"""

import os

import numpy as np
import pytest
from command_streams import DURATION_S, FAMILIES, CommandStream
from stream_session import StreamSession

from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.robot_mode import RobotMode
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import INTERFACES, RobotOptions

STREAMS = int(os.environ.get("MIDP_FUZZ_STREAMS", 4 * len(FAMILIES)))
# Commands are kept within the range, and so the arm may only swing beyond it; from 0.01 rad on that is a reflex, and a
# stop has to do with no more: half a degree, a centimetre at the end of the stretched arm.
BEYOND_RAD = 0.01
# What the whole torque adds before it is noticed a millisecond later: this model's joints lack the motors' inertia, so
# that J7 gains 3 rad/s in a millisecond.
TOO_FAST_RAD_S = 4.0
# On the position interface commands are within the limits, and what is measured follows them.
TOO_FAST_AFTER_JUDGED_COMMANDS_RAD_S = 1.0


@pytest.fixture(scope="module")
def session():
    return StreamSession()


@pytest.mark.slow
@pytest.mark.timeout(60 + STREAMS)
@pytest.mark.parametrize("part", range(4))
def test_no_stream_of_commands_moves_a_joint_beyond_its_limits_or_keeps_the_robot_from_coming_back(session, part):
    session.counts.clear()
    worst = np.full((2, 7), -np.inf)
    with np.errstate(over="ignore", invalid="ignore"):  # numbers at a double's end are among the commands
        for seed in range(part, STREAMS, 4):
            play(session, seed)
            worst = np.maximum(worst, [session.beyond_rad, session.too_fast_rad_s])
    print("\n", *(f"{count:7d} {what}\n" for what, count in sorted(session.counts.items())))
    print(f"furthest beyond the joints' limits: {worst[0].max():.2g} rad, {worst[1].max():.2g} rad/s")


def play(session, seed):
    stream = CommandStream(seed, session.simulation.profile.joint_names)
    label = f"seed {seed}: {stream.family}, {stream.interface}, {stream.controller}"
    session.beyond_rad[:] = session.too_fast_rad_s[:] = -np.inf
    session.play(stream, seed, DURATION_S)
    session.counts["streams"] += 1
    session.counts["streams with a reflex"] += bool(session.robot.reflexes)
    look(session)
    session.bring_back()
    profile = session.simulation.profile
    middle_rad = (profile.position_min_rad + profile.position_max_rad) / 2
    towards = np.sign(middle_rad - session.simulation.arm.position_rad)
    assert session.move(0.03 * towards, 0.4) < 5e-3, label
    assert session.robot.modes.mode is RobotMode.MOVE, label
    assert session.beyond_rad.max() < BEYOND_RAD, label
    judged = (stream.interface, stream.controller) == ("position", "trajectory") and stream.family != "switching"
    assert session.too_fast_rad_s.max() < (TOO_FAST_AFTER_JUDGED_COMMANDS_RAD_S if judged else TOO_FAST_RAD_S), label


def look(session):
    """Mode, errors and what is refused agree."""
    robot = session.robot
    mode, here = robot.modes.mode, session.simulation.arm.position_rad
    if mode is RobotMode.REFLEX:
        assert robot.modes.current_errors
    if mode in (RobotMode.IDLE, RobotMode.MOVE, RobotMode.AUTOMATIC_ERROR_RECOVERY):
        assert not robot.modes.current_errors
    if mode is RobotMode.MOVE:
        assert robot.alive and (robot.controller != "none" or robot.motion_outcome is None)
    if mode in (RobotMode.REFLEX, RobotMode.USER_STOPPED) or not robot.alive:
        assert robot.controller == "none"
        with pytest.raises(CommandError):
            session.move(np.full(7, 0.01), 0.1)
        with pytest.raises(CommandError):
            robot.follow_target(here, robot.time_s)


def test_a_seed_brings_its_stream_back(session):
    ends = []
    for _ in range(2):
        session.counts.clear()
        stream = CommandStream(7, session.simulation.profile.joint_names)
        session.play(stream, 7, DURATION_S)
        ends.append((session.simulation.arm.position_rad, dict(session.counts)))
    np.testing.assert_array_equal(ends[0][0], ends[1][0])
    assert ends[0][1] == ends[1][1]


# --- what streams have found -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_numbers_at_a_doubles_end_are_a_reflex_and_leave_the_physics_whole(interface):
    """Velocities of 1e308 are finite, and what comes between such points is not."""
    simulation = Simulation("reach", options=RobotOptions(reflexes=True, interface=interface))
    here, now_s = simulation.arm.position_rad, simulation.time_s
    velocity = np.zeros((3, 7))
    velocity[1] = 1e308
    simulation.robot.follow(JointTrajectory(now_s + np.array([0.0, 0.1, 0.2]), np.stack([here] * 3), velocity))
    simulation.advance(0.3)
    assert simulation.robot.modes.mode is RobotMode.REFLEX
    assert simulation.robot.modes.current_errors == {"communication_constraints_violation"}
    np.testing.assert_allclose(simulation.arm.position_rad, here, atol=5e-3)


def test_recovery_waits_for_the_arm_to_rest():
    """Else the arm, still too fast, trips again as soon as it is commanded."""
    simulation = Simulation("reach", options=RobotOptions(reflexes=True, interface="effort"))
    robot, arm = simulation.robot, simulation.arm
    goal = arm.position_rad + np.array([1.5, 0, 0, 0, 0, 0, 2.0])
    robot.follow(JointTrajectory(simulation.time_s + np.array([0.0, 0.001]), np.stack([goal, goal])))
    while robot.modes.mode is not RobotMode.REFLEX:
        simulation.advance(0.01)
    assert np.abs(arm.velocity_rad_s).max() > 1.0
    robot.recover()
    while robot.recovering:
        simulation.advance(0.01)
    assert robot.modes.mode is RobotMode.MOVE and np.abs(arm.velocity_rad_s).max() < 0.2
    simulation.advance(0.5)
    assert len(robot.reflexes) == 1


def test_a_reflex_stops_the_arm_whatever_stiffness_a_client_set():
    simulation = Simulation("reach", options=RobotOptions(reflexes=True, controller="none"))
    robot = simulation.robot
    robot.settings.set_joint_stiffness(np.zeros(7))
    robot.activate("trajectory")
    robot.push(np.array([0.0, 60.0, 0.0, 0.0, 0.0, 0.0]))
    simulation.advance(1.0)
    assert robot.reflexes and np.abs(simulation.arm.velocity_rad_s).max() < 0.02


def test_an_arm_that_swung_a_little_beyond_its_range_can_be_commanded_again():
    simulation = Simulation("reach", options=RobotOptions(reflexes=True, interface="position", controller="none"))
    beyond = simulation.profile.ready_rad.copy()
    beyond[0] = simulation.profile.position_min_rad[0] - 0.002
    simulation.arm.place(beyond)
    simulation.robot.activate("trajectory")
    simulation.advance(0.1)
    assert simulation.robot.reflexes == []
    assert abs(simulation.arm.position_rad[0] - simulation.profile.position_min_rad[0]) < 1e-3
