"""Limit margins against closed forms and against the stand-in's own judgement."""

import numpy as np
import pytest

from midp_ros.control.shaping.limit_margins import LIMITS, closest, first_excess, limit_margins
from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.safety.joint_motion import JointMotionLimits

PROFILE = RobotProfile.load("fr3")
READY = PROFILE.ready_rad
TIMES = 1e-3 * np.arange(2000)


def sine(joint=1, amplitude_rad=0.2, rate_rad_s=4.0):
    positions = np.tile(READY, (len(TIMES), 1))
    positions[:, joint] += amplitude_rad * (1 - np.cos(rate_rad_s * TIMES))
    return positions


def test_a_sine_has_its_closed_form_margins():
    found = closest(limit_margins(TIMES, sine(), PROFILE))
    assert abs(found["velocity"].value) == pytest.approx(0.8, rel=1e-2)
    assert found["acceleration"].value == pytest.approx(3.2, rel=1e-3)
    assert abs(found["jerk"].value) == pytest.approx(12.8, rel=1e-2)
    assert {m.joint_name for name, m in found.items() if name != "position"} == {"fr3_joint2"}
    assert found["acceleration"].used == pytest.approx(3.2 / PROFILE.acceleration_max_rad_s2[1], rel=1e-3)


def test_times_of_day_give_the_same_margins():
    one, other = (limit_margins(TIMES + zero, sine(), PROFILE) for zero in (0.0, 1.79e9))
    assert [m.used for m in one] == [m.used for m in other]


def test_a_pause_begins_another_motion():
    positions, times = sine(), TIMES.copy()
    positions[1000:, 3] += 0.1
    times[1000:] += 1.0
    assert closest(limit_margins(times, positions, PROFILE))["velocity"].joint_name == "fr3_joint2"


def test_too_few_commands_have_no_differences():
    assert limit_margins(TIMES[:0], sine()[:0], PROFILE) == ()
    assert {m.limit for m in limit_margins(TIMES[:1], sine()[:1], PROFILE)} == {"position"}
    assert {m.limit for m in limit_margins(TIMES[:4], sine()[:4], PROFILE)} == set(LIMITS)


@pytest.mark.parametrize("size", [1e-5, 1e-4, 1e-3, 1e-2])
def test_the_first_excess_is_the_one_that_the_stand_in_finds(size):
    rng = np.random.default_rng(0)
    for _ in range(20):
        positions, row, joint = sine(), int(rng.integers(10, 1990)), int(rng.integers(7))
        positions[row:, joint] += size
        theirs = JointMotionLimits(PROFILE).first_violation(np.concatenate([np.tile(positions[:1], (3, 1)), positions]))
        ours = first_excess(TIMES, positions, PROFILE)
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            assert round(1000 * ours.time_s) == theirs.index
