"""Recovery's steps by a clock made of numbers."""

import pytest

from midp_ros.control import Recovery, RecoveryError, Step

ALL = [Step.CLEAR_ERRORS, Step.HARDWARE, Step.ACTIVATE, Step.SETTLE]


def test_the_steps_follow_each_other_and_end_when_the_robot_is_ready():
    recovery = Recovery("confirm", 0, 10.0)
    recovery.begin(ALL)
    seen = []
    for k in range(20):
        due = recovery.look(k / 10, ready=k >= 15)
        if due is not None:
            seen.append(due[0])
            if due[0] is not Step.SETTLE:
                recovery.finished(due[1])
        if not recovery.under_way:
            break
    assert seen == ALL and k == 15 and recovery.problem == ""


@pytest.mark.parametrize("stuck", range(4))
def test_every_step_is_bounded_and_a_late_outcome_counts_for_nothing(stuck):
    recovery = Recovery("confirm", 0, 2.0)
    recovery.begin(ALL)
    for k in range(stuck):
        recovery.finished(recovery.look(k, False)[1])
    step, number = recovery.look(10.0, False)
    assert recovery.look(12.0, False) is None and recovery.under_way
    recovery.look(12.1, False)
    assert not recovery.under_way and recovery.problem == f"{step.value} took longer than 2 s"
    recovery.begin(ALL)
    assert recovery.look(20.0, False)[0] is ALL[0]
    recovery.finished(number)
    assert recovery.look(20.1, False) is None, "the outcome of the attempt before must not count"


def test_a_failed_step_ends_the_attempt_and_says_why():
    recovery = Recovery("confirm", 0, 2.0)
    recovery.begin(ALL)
    recovery.finished(recovery.look(0.0, False)[1], "still pressed")
    assert recovery.problem == "the error recovery failed: still pressed"
    assert recovery.look(0.1, True) is None and not recovery.under_way


def test_by_itself_it_starts_so_often_and_no_oftener():
    recovery = Recovery("auto", 2, 1.0)
    started = 0
    for time_s in range(20):
        if recovery.wants(needed=True):
            recovery.begin(ALL, automatic=True)
            started += 1
        recovery.look(2.0 * time_s, False)
    assert started == 2
    recovery.begin(ALL)  # a person may go on trying
    assert recovery.under_way


@pytest.mark.parametrize("way", ["never", "confirm"])
def test_without_auto_it_never_starts_by_itself(way):
    assert not Recovery(way, 5, 1.0).wants(needed=True)


def test_it_cannot_be_begun_twice_or_when_it_is_off():
    recovery = Recovery("confirm", 0, 1.0)
    recovery.begin(ALL)
    with pytest.raises(RecoveryError, match="under way: the error recovery"):
        recovery.begin(ALL)
    with pytest.raises(RecoveryError, match="never"):
        Recovery("never", 1, 1.0).begin(ALL)
