"""The monitor of commands: what each kind of bad stream raises, and what it remembers."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.kinematics import ArmModel, InverseKinematics
from midp_ros.simulation.safety import MotionMonitor
from midp_ros.simulation.tasks import pick, reach
from midp_ros.simulation.tasks.task import random_tool

MODEL = ArmModel("fr3")
READY = MODEL.profile.ready_rad
T_S = 1e-3


def swing(amplitude_rad, duration_s=2.0):
    """From rest to rest along a polynomial of fifth degree (n, 7)."""
    u = np.arange(1, round(duration_s / T_S) + 1)[:, None] * T_S / duration_s
    return READY + u**3 * (10 - 15 * u + 6 * u**2) * amplitude_rad


@pytest.fixture
def monitor():
    made = MotionMonitor(MODEL)
    made.start(READY)
    return made


def test_a_smooth_motion_is_accepted_and_remembered(monitor):
    commands = swing(0.4 * np.ones(7))
    for batch in np.split(commands[:1000], 100):
        assert monitor.check(batch) is None
    q, u, size = commands[999], 0.5, 0.4 / 2.0  # at half time: u' = 1/2, u'' = 0
    np.testing.assert_array_equal(monitor.position_rad, q)
    np.testing.assert_allclose(monitor.velocity_rad_s, size * 30 * u**2 * (1 - u) ** 2, rtol=1e-4)
    np.testing.assert_allclose(monitor.acceleration_rad_s2, 0.0, atol=2e-3)
    assert monitor.check(np.empty((0, 7))) is None


@pytest.mark.parametrize("seed", range(20))
def test_the_verdict_does_not_depend_on_the_batches(monitor, seed):
    rng = np.random.default_rng(seed)
    commands = swing(rng.uniform(-0.5, 0.5, 7))
    if seed % 2:
        commands[rng.integers(100, 1900) :] += rng.uniform(-1e-3, 1e-3, 7)  # a jump somewhere
    else:
        commands = swing(np.array([0, 0, 0, -0.62, 0, -1.0, 0]))  # folds the arm into its own base
    whole = monitor.check(commands)
    accepted = monitor.position_rad
    monitor.start(READY)
    begin = 0
    for size in rng.integers(1, 40, 2000):
        violation = monitor.check(commands[begin : begin + size])
        if violation:
            break
        begin += size
    assert (begin + violation.index, violation.errors, violation.reason) == (whole.index, whole.errors, whole.reason)
    np.testing.assert_array_equal(monitor.position_rad, accepted)
    np.testing.assert_array_equal(accepted, commands[whole.index - 1])


def test_targets_at_50_hz_trip_as_they_do_on_the_robot(monitor):
    staircase = np.repeat(swing(0.2 * np.ones(7))[19::20], 20, axis=0)
    held = np.concatenate((np.tile(READY, (20, 1)), staircase))
    violation = monitor.check(held)
    assert violation.index >= 20
    # franka_ros2 issues 127, 168 and 174 report these two together.
    assert violation.errors == {
        "joint_motion_generator_velocity_discontinuity",
        "joint_motion_generator_acceleration_discontinuity",
    }
    assert "was commanded to accelerate by" in violation.reason and "the limit is 10 rad/s^2" in violation.reason


@pytest.mark.parametrize("away_rad", [2e-5, 0.01, -1.0])
def test_a_first_command_elsewhere_is_a_bad_start(monitor, away_rad):
    violation = monitor.check(READY + np.array([[0, 0, away_rad, 0, 0, 0, 0]]))
    assert violation.index == 0
    assert violation.errors == {"joint_position_motion_generator_start_pose_invalid"}
    assert violation.reason.startswith("fr3_joint3's first command")
    np.testing.assert_array_equal(monitor.position_rad, READY)
    # The same jump later on is no start.
    assert monitor.check(np.tile(READY, (5, 1))) is None
    violation = monitor.check(READY + np.array([[0, 0, away_rad, 0, 0, 0, 0]]))
    assert "joint_motion_generator_velocity_discontinuity" in violation.errors


def test_after_a_new_start_the_old_motion_does_not_count(monitor):
    assert monitor.check(swing(0.4 * np.ones(7))[:1000]) is None
    monitor.start(READY)
    assert monitor.check(np.tile(READY, (5, 1))) is None
    np.testing.assert_array_equal(monitor.velocity_rad_s, np.zeros(7))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 4])
@pytest.mark.filterwarnings("error")
def test_a_value_that_is_not_finite_is_refused(monitor, value, row):
    commands = np.tile(READY, (10, 1))
    commands[row, 5] = value
    violation = monitor.check(commands)
    assert violation.index == row
    assert violation.errors == {"communication_constraints_violation"}
    assert violation.reason == "fr3_joint6 was commanded to a position that is not a finite number"
    np.testing.assert_array_equal(monitor.position_rad, READY)


def test_the_tool_may_not_be_told_to_move_faster_than_its_limit():
    # A Panda stretched out, turning about its base.
    model = ArmModel("panda")
    monitor = MotionMonitor(model)
    stretched = np.array([-1.5, 1.4, 0.0, -0.3, 0.0, 3.27, 0.785])
    arm_m = np.linalg.norm(model.forward(stretched).position_m[:2])
    velocity = np.minimum(5.0 * np.arange(700) * T_S, 2.1)  # rises by 5 rad/s^2, and 50 ms of smoothing limit the jerk
    velocity = np.convolve(np.concatenate((np.zeros(50), velocity)), np.ones(50) / 50, "valid")
    commands = np.tile(stretched, (len(velocity), 1))
    commands[:, 0] += np.cumsum(velocity) * T_S
    monitor.start(stretched)
    violation = monitor.check(commands)
    assert arm_m * velocity.max() > 1.75
    assert violation.errors == {"cartesian_velocity_violation"}
    assert violation.index == np.argmax(velocity * arm_m > 1.7)
    assert violation.reason.startswith("the tool was commanded to move at 1.7")
    assert "the limit is 1.7 m/s" in violation.reason


def test_folding_the_arm_into_its_base_trips(monitor):
    violation = monitor.check(swing(np.array([0, 0, 0, -0.62, 0, -1.0, 0])))
    assert violation.errors == {"self_collision_avoidance_violation"}
    assert "were commanded to come closer than 6 cm" in violation.reason


def test_moves_between_poses_of_the_tasks_never_trip(monitor):
    inverse = InverseKinematics(MODEL, max_attempts=1, iterations=40)
    rng = np.random.default_rng(0)

    def reachable(tool):
        return inverse.solve(tool).converged

    boxes = [(reach.BOX_LOW_M, reach.BOX_HIGH_M), (pick.START_LOW_M, pick.START_HIGH_M)]
    poses = [random_tool(rng, *boxes[i % 2], np.radians(45), np.radians(20), reachable) for i in range(40)]
    goals = np.array([inverse.solve(pose).position_rad for pose in poses])
    for start, goal in zip(goals[:-1], goals[1:], strict=True):
        monitor.start(start)
        assert monitor.check(swing(goal - start, duration_s=2.5) - READY + start) is None
