"""A person who leads the arm: no stronger than a hand, never far ahead of the arm, alike for the same seed."""

import numpy as np
import pytest

from midp_ros.core.pose import Pose, matrix_from_rotation_vector
from midp_ros.expert.leading_hand import HandLimits, LeadingHand
from midp_ros.expert.reach import ReachRule

PERIOD_S = 0.01
TOOL = Pose(np.array([0.4, 0.0, 0.4]), np.eye(3))
GOAL = Pose(np.array([0.6, 0.1, 0.3]), matrix_from_rotation_vector(np.array([0.0, 0.0, 0.5])))
OBSERVED = {"goal_position": GOAL.position_m, "goal_rotation": GOAL.rotation6}


def hand(seed=0, **limits):
    person = LeadingHand(ReachRule(), PERIOD_S, HandLimits(**limits))
    person.reset(seed)
    return person


def test_it_pulls_no_harder_than_a_hand_and_waits_for_an_arm_that_does_not_yield():
    person, limits = hand(), HandLimits()
    pulls = np.array([person.pull(OBSERVED, TOOL)[0] for _ in range(500)])
    force_n, torque_nm = np.linalg.norm(pulls[:, :3], axis=1), np.linalg.norm(pulls[:, 3:], axis=1)
    assert force_n.max() == pytest.approx(limits.force_n) and torque_nm.max() == pytest.approx(limits.torque_nm)
    towards = pulls[-1, :3] @ (GOAL.position_m - TOOL.position_m)
    assert towards > 0.9 * np.linalg.norm(pulls[-1, :3]) * np.linalg.norm(GOAL.position_m - TOOL.position_m)
    # An arm that suddenly lets go is not thrown: what is wanted is within reach of the hand.
    ahead_m = np.linalg.norm(person._motion.pose.position_m - TOOL.position_m)
    assert ahead_m <= limits.force_n / limits.stiffness_n_m + 1e-9


def test_an_arm_that_yields_is_led_to_the_goal_and_held_there_unsteadily():
    person, tool = hand(), TOOL
    away_m = []
    for _ in range(1500):
        pull, _ = person.pull(OBSERVED, tool)
        tool = Pose(
            tool.position_m + PERIOD_S * pull[:3] / 300.0,  # as damped as a guided arm
            matrix_from_rotation_vector(PERIOD_S * pull[3:] / 10.0) @ tool.rotation,
        )
        away_m.append(np.linalg.norm(tool.position_m - GOAL.position_m))
    rest_m = np.array(away_m[1000:])
    assert rest_m.max() < 0.015 and rest_m.std() > 1e-4
    assert np.abs(tool.rotation - GOAL.rotation).max() < 0.02


def test_the_same_seed_pulls_alike_and_another_one_otherwise():
    first, same, other = ([hand(seed).pull(OBSERVED, TOOL)[0] for _ in range(3)] for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, same)
    assert np.abs(np.subtract(first, other)).max() > 0
