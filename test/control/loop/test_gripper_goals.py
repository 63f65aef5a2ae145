"""The gripper gets one goal at a time."""

from midp_ros.control import GripperGoals


def test_a_goal_is_sent_once_and_the_next_waits_for_it():
    goals = GripperGoals(0.08, 0.08)
    assert goals.update(0.08) == 0.08  # whatever it did before, it is told to open
    assert goals.update(0.0) is None and goals.in_flight
    assert goals.update(0.0) is None
    goals.finished()
    assert goals.update(0.0) == 0.0
    goals.finished()
    assert [goals.update(w) for w in (0.0, 0.02, 0.04)] == [None] * 3  # 0.04 lies within the hysteresis
    assert goals.update(0.07) == 0.08


def test_a_change_of_mind_while_under_way_costs_nothing():
    goals = GripperGoals(0.08, 0.08)
    goals.update(0.08)
    goals.update(0.0)
    goals.update(0.08)
    goals.finished()
    assert goals.update(0.08) is None


def test_a_rejected_goal_is_asked_for_again():
    goals = GripperGoals(0.08, 0.08)
    assert goals.update(0.0) == 0.0
    goals.finished(accepted=False)
    assert goals.update(0.0) == 0.0
