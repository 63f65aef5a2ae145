"""Motions into the arm itself and into the table are refused by name; those that lead away are not."""

import numpy as np
import pytest

from midp_ros.control import CollisionCheck, CollisionError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose, tool_down
from midp_ros.kinematics import ArmModel, InverseKinematics
from midp_ros.kinematics.clearance import TABLE, Clearance

MODEL = ArmModel("fr3")
READY = MODEL.profile.ready_rad
FOLDED = np.array([0.0, -1.0, 0.0, -3.0, 0.0, 0.6, 0.785])  # hand in the shoulder


def joints(x, z):
    return InverseKinematics(MODEL).solve(Pose(np.array([x, 0.0, z]), tool_down(0.0))).position_rad


def motion(start_rad, end_rad, points=50):
    share = np.linspace(0.0, 1.0, points)[:, None]
    rest = np.zeros((points, 7))
    return JointTrajectory(0.01 * np.arange(points), start_rad + share * (end_rad - start_rad), rest, rest)


@pytest.mark.parametrize("end", [joints(0.5, 0.02), joints(0.6, 0.0), joints(0.35, 0.3)])
def test_where_skills_work_nothing_is_refused(end):
    CollisionCheck(MODEL, 0.0).require_clear(motion(READY, end))


def test_a_motion_into_the_table_names_the_fingers_and_the_height():
    down = motion(READY, joints(0.5, 0.04))
    CollisionCheck(MODEL, 0.0).require_clear(down)
    CollisionCheck(MODEL).require_clear(motion(READY, joints(0.5, -0.1)))  # no table is known
    with pytest.raises(CollisionError, match=r"the fingers into the table: -\d\.\d cm, -1 cm .* above z = 0\.1 m"):
        CollisionCheck(MODEL, 0.1).require_clear(down)
    kneeling = np.array([0.0, 1.75, 0.0, -2.7, 0.0, 1.0, 0.785])
    with pytest.raises(CollisionError, match=r"fr3_(hand|link\d) into the table: -?\d+\.\d cm, 1 cm"):
        CollisionCheck(MODEL, 0.25).require_clear(motion(READY, kneeling))


def test_a_motion_into_the_arm_itself_names_both_links():
    with pytest.raises(CollisionError, match=r"fr3_link\d too close to fr3_hand: -?\d+\.\d cm, 6\.5 cm is the least"):
        CollisionCheck(MODEL).require_clear(motion(READY, FOLDED))


def test_an_arm_that_was_guided_there_may_leave_but_not_go_deeper():
    check = CollisionCheck(MODEL, 0.0)
    low, lower, high = joints(0.5, -0.02), joints(0.5, -0.05), joints(0.5, 0.2)
    check.require_clear(motion(low, high))
    folding = motion(READY, FOLDED).position_rad
    near = next(q for q in folding if Clearance(MODEL).too_close(q))
    check.require_clear(motion(near, READY))
    with pytest.raises(CollisionError, match="fr3_hand"):
        check.require_clear(motion(near, FOLDED))
    with pytest.raises(CollisionError, match="fingers"):
        check.require_clear(motion(low, lower))


def test_only_the_end_may_be_too_close():
    short = motion(joints(0.5, 0.1), joints(0.5, -0.05), points=2)
    with pytest.raises(CollisionError):
        CollisionCheck(MODEL, 0.0).require_clear(short)


def test_no_number_of_small_motions_creeps_closer():
    check, q = CollisionCheck(MODEL), READY.copy()
    step_rad = 1e-3 * (FOLDED - READY)  # less than a millimetre of any distance
    with pytest.raises(CollisionError, match="fr3_hand"):
        for _ in range(1000):
            check.require_clear(motion(q, q + step_rad, points=5))
            q = q + step_rad
    assert not Clearance(MODEL).too_close(q)


def test_a_fast_motion_is_looked_at_between_its_points():
    """The hand swings about joint 6 as a pendulum: both ends are clear of the table, and the middle is not."""

    def over_table_m(q):
        return min(gap.distance_m - gap.least_m for gap in Clearance(MODEL, 0.0).gaps(q) if gap.second == TABLE)

    swing_rad = READY + np.linspace(-1.0, 1.0, 81)[:, None] * np.eye(7)[5]
    lowest = int(np.argmin([over_table_m(q) for q in swing_rad]))
    table_m = over_table_m(swing_rad[lowest]) + 0.006
    ends = JointTrajectory(0.01 * np.arange(2), swing_rad[[lowest - 20, lowest + 20]])
    assert not any(Clearance(MODEL, table_m).too_close(q) for q in ends.position_rad)
    with pytest.raises(CollisionError, match="into the table"):
        CollisionCheck(MODEL, table_m).require_clear(ends)
