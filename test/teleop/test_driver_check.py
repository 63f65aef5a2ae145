"""The loop's check keeps a person's motions further from the table than a learned policy's."""

import numpy as np
import pytest

from midp_ros.control import CollisionCheck, CollisionError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose, tool_down
from midp_ros.kinematics import ArmModel, InverseKinematics
from midp_ros.kinematics.clearance import FINGERS, Clearance
from midp_ros.teleop.driver_check import check_of_driver
from midp_ros.teleop.take_over import CORRECTION, POLICY, TakeOver

MODEL = ArmModel("fr3")
TOUCH_M = 0.01  # what a skill's fingers may be pressed into the table


class Driven(TakeOver):
    """A take-over whose driver is set from outside."""

    def __init__(self, driver):
        self.driver = driver


def lowered(fingers_m):
    """A motion down, to fingers at a height over the table."""
    inverse = InverseKinematics(MODEL)

    def joints(tool_m):
        return inverse.solve(Pose(np.array([0.5, 0.0, tool_m]), tool_down(0.0))).position_rad

    at_zero = next(g for g in Clearance(MODEL, 0.0).gaps(joints(0.0)) if g.first == FINGERS)
    path_rad = np.stack([joints(z - at_zero.distance_m) for z in (0.1, fingers_m)])
    return JointTrajectory(np.array([0.0, 1.0]), path_rad)


def check(policy):
    return check_of_driver(policy, lambda further_m: CollisionCheck(MODEL, 0.0, further_m).require_clear)


@pytest.mark.parametrize("fingers_m", [0.001, -0.005])
def test_a_policy_may_touch_the_table_and_a_person_may_not(fingers_m):
    motion, take_over = lowered(fingers_m), Driven(POLICY)
    judge = check(take_over)
    judge(motion)
    take_over.driver = CORRECTION
    for refusing in (judge, check(None)):
        with pytest.raises(CollisionError, match=r"the fingers into the table: -?0\.\d cm, 0\.3 cm is the least"):
            refusing(motion)


def test_a_person_may_work_close_above_the_table_and_lift_what_a_policy_has_lowered():
    check(None)(lowered(0.004))
    low = lowered(-0.005)
    check(None)(JointTrajectory(low.time_s, low.position_rad[::-1]))
