"""What was sent to the arm, and whether the arm is where that would have it."""

import numpy as np
import pytest

from midp_ros.control.loop.commanded_motion import LAG_S, LOST_RAD, CommandedMotion
from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.control.shaping.collision_check import CollisionError
from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics.profile import RobotProfile


@pytest.fixture
def motion():
    motion = CommandedMotion(PlanningLatency(0.05), lambda measured_rad: measured_rad)
    times_s = np.linspace(0.0, 2.0, 21)
    speeds = np.where(times_s < 1.0, 1.0, 0.0)[:, None] * np.ones(7)  # 1 rad/s, then suddenly none
    positions = np.minimum(times_s, 1.0)[:, None] * np.ones(7)
    motion.follow(JointTrajectory(times_s, positions, speeds), 2.0)
    return motion


def test_an_arm_that_was_led_away_at_rest_is_lost(motion):
    assert not motion.lost(1.9, np.full(7, 1.0 + 0.95 * LOST_RAD))
    led = np.append(np.ones(6), 1.0 - 1.05 * LOST_RAD)
    assert motion.lost(1.9, led)
    assert not motion.lost(-0.1, led), "nothing is known of what was before"
    motion.forget()
    assert not motion.lost(1.9, led)


@pytest.mark.parametrize("time_s", [0.5, 0.9, 1.1])
def test_an_impedance_that_lags_behind_is_not_lost_even_when_the_motion_has_just_ended(motion, time_s):
    lagging = np.full(7, min(time_s, 1.0) - LAG_S)
    assert not motion.lost(time_s, lagging)
    assert motion.lost(time_s, lagging - 1.05 * LOST_RAD)


@pytest.mark.parametrize(("clear_from_s", "begins_s"), [(0.0, 0.55), (0.6, 0.6), (9.0, 0.55)])
def test_a_stop_that_would_touch_something_begins_later_and_where_all_would_at_once(clear_from_s, begins_s):
    """A stop leaves the path of the motion, which was checked; the motion at 1 rad/s begins to stop here at 0.55 s."""

    def check(stop):
        slower_s = stop.time_s[np.flatnonzero(stop.velocity_rad_s[:, 0] < 0.999)[0] - 1]
        if slower_s < clear_from_s - 1e-6:
            raise CollisionError("too close")

    times_s = np.linspace(0.0, 2.0, 201)
    speed = np.ones((201, 7))
    path = JointTrajectory(times_s, times_s[:, None] * speed, speed, 0.0 * speed)
    moving = CommandedMotion(PlanningLatency(0.05), lambda measured_rad: measured_rad, check)
    moving.follow(path, 2.0)
    commands = moving.stop(0.45, MotionLimits(RobotProfile.load("fr3")), 0.01)
    assert commands.before_s == pytest.approx(begins_s, abs=0.011)
    assert not commands.trajectory.velocity_rad_s[-1].any()


def test_an_arm_at_rest_is_not_stopped_once_more(motion):
    limits = MotionLimits(RobotProfile.load("fr3"))
    assert motion.stop(0.5, limits, 0.01) is not None
    assert motion.stop(2.1, limits, 0.01) is None
