"""Limits on commanded joint motion, provoked by sines whose differences over 1 ms are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import ruckig

from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.safety.joint_motion import ACCELERATION, JERK, POSITION, VELOCITY, JointMotionLimits

T_S = 1e-3
FR3, PANDA = RobotProfile.load("fr3"), RobotProfile.load("panda")


def judge(profile, commands):
    """Judges commands (n, 7) that begin at rest."""
    return JointMotionLimits(profile).first_violation(np.concatenate((np.tile(commands[0], (3, 1)), commands)))


def sine(centre, amplitude, omega_rad_s, periods=40):
    """Swings about a centre (7,) with amplitudes (7,), swelling so slowly that the swelling does not count."""
    t = np.arange(0, periods * 2 * np.pi / omega_rad_s, T_S)
    swell = np.minimum(1.0, 1.5 * t / t[-1])
    swell = swell**3 * (10 - 15 * swell + 6 * swell**2)
    return centre + (swell * np.sin(omega_rad_s * t))[:, None] * amplitude


def gain(omega_rad_s, order):
    """|(1 - exp(-i w T)) / T|^order: what a backward difference does to a sine."""
    return (2 * np.sin(omega_rad_s * T_S / 2) / T_S) ** order


def middle(profile):
    return (profile.position_min_rad + profile.position_max_rad) / 2


# Frequencies at which the limit of this derivative is met first: slower than a/v, between a/v and j/a, faster.
CASES = [
    (PANDA, VELOCITY, 1, 2.6, PANDA.velocity_max_rad_s),
    (PANDA, ACCELERATION, 2, 80.0, PANDA.acceleration_max_rad_s2),
    (PANDA, JERK, 3, 800.0, PANDA.jerk_max_rad_s3),
    (FR3, ACCELERATION, 2, 80.0, FR3.acceleration_max_rad_s2),
    (FR3, JERK, 3, 800.0, FR3.jerk_max_rad_s3),
]


@pytest.mark.parametrize(("profile", "error", "order", "omega_rad_s", "limit"), CASES)
def test_a_sine_trips_exactly_the_limit_that_it_exceeds(profile, error, order, omega_rad_s, limit):
    amplitude = limit / gain(omega_rad_s, order)
    assert judge(profile, sine(middle(profile), 0.998 * amplitude, omega_rad_s)) is None
    for joint in range(7):
        beyond = np.where(np.arange(7) == joint, 1.002, 0.998)
        violation = judge(profile, sine(middle(profile), beyond * amplitude, omega_rad_s))
        assert violation.errors == {error}
        assert profile.joint_names[joint] in violation.reason and f"{limit[joint]:g}" in violation.reason


@pytest.mark.parametrize("side", [1, -1])
def test_the_fr3_s_velocity_limit_depends_on_the_position(side):
    # Joint 2 swings slowly in the outer part of its range; Franka's formula by hand, for the upper side.
    centre, amplitude = 1.2, 0.5
    phase = np.linspace(0, np.pi / 2, 100_001)
    bound = -0.2517 + np.sqrt(2 * 2.585 * (1.8361 - centre - amplitude * np.sin(phase)))
    omega = (bound / (amplitude * np.cos(phase) + 1e-12)).min()
    assert amplitude * omega < 1.5, "well below the limit of 2.62 rad/s that holds in the middle"
    reach = amplitude * (np.arange(7) == 1)
    where = np.where(np.arange(7) == 1, side * centre, middle(FR3))
    assert judge(FR3, sine(where, reach, 0.995 * omega)) is None
    violation = judge(FR3, sine(where, reach, 1.005 * omega))
    assert violation.errors == {VELOCITY}
    assert "fr3_joint2" in violation.reason


@pytest.mark.parametrize("profile", [FR3, PANDA], ids=lambda p: p.name)
def test_the_ends_of_the_range_may_be_held_but_not_passed(profile):
    for end, sign in ((profile.position_max_rad, 1), (profile.position_min_rad, -1)):
        assert judge(profile, np.tile(end, (5, 1))) is None
        for joint in range(7):
            creep = np.tile(middle(profile), (4, 1))
            creep[:, joint] = end[joint] + sign * np.array([0, 0, 1e-9, 2e-9])
            violation = judge(profile, creep)
            assert violation.index == 2
            assert POSITION in violation.errors and profile.joint_names[joint] in violation.reason


def test_motion_at_the_very_limits_of_acceleration_and_jerk_passes():
    # Jerk at its limit until the acceleration is at its limit, and back: whole milliseconds, so the sums are exact.
    jerk = np.repeat([1, 0, -1, 0, -1, 0, 1], [2, 30, 2, 10, 2, 30, 2])[:, None] * FR3.jerk_max_rad_s3
    commands = middle(FR3) + np.cumsum(np.cumsum(np.cumsum(jerk, 0), 0), 0) * T_S**3
    commands = np.concatenate((middle(FR3)[None], commands))
    assert np.abs(np.diff(commands, 2, axis=0)).max() > 0.999 * 10 * T_S**2
    assert judge(FR3, commands) is None


@pytest.mark.slow
@pytest.mark.parametrize("profile", [FR3, PANDA], ids=lambda p: p.name)
def test_time_optimal_moves_at_99_percent_of_the_limits_never_trip(profile):
    rng = np.random.default_rng(7)
    planner, plan, request = ruckig.Ruckig(7), ruckig.Trajectory(7), ruckig.InputParameter(7)
    half = 0.9 * (profile.position_max_rad - profile.position_min_rad) / 2
    fastest = np.zeros(7)
    for _ in range(500):
        start, goal = middle(profile) + rng.uniform(-half, half, (2, 7))
        # The velocity limit falls towards the ends of the range: what is allowed at both ends is allowed in between.
        low, high = profile.velocity_range(np.stack([start, goal]))
        request.current_position, request.target_position = start.tolist(), goal.tolist()
        request.max_velocity = (0.99 * np.minimum(high.min(0), -low.max(0))).tolist()
        request.max_acceleration = (0.99 * profile.acceleration_max_rad_s2).tolist()
        request.max_jerk = (0.99 * profile.jerk_max_rad_s3).tolist()
        planner.calculate(request, plan)
        times_s = np.arange(1, int(plan.duration / T_S) + 3) * T_S
        commands = np.array([start, *(plan.at_time(t)[0] for t in times_s)])
        assert judge(profile, commands) is None
        fastest = np.maximum(fastest, np.abs(np.diff(commands, axis=0)).max(axis=0) / T_S)
    assert (fastest > 0.5 * profile.velocity_max_rad_s).all(), "they should have been fast"
