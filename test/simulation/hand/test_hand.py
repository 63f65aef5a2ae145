"""The hand's commands against fingers of a closed form: durations, verdicts, and one command at a time."""

from math import inf, nan

import pytest

from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.hand.hand import Hand
from midp_ros.simulation.hand.hand_command import HandTiming, Status

FAILED, ABORTED = "libfranka gripper: Command failed!", "libfranka gripper: Command aborted!"
TIMING = HandTiming(start_s=0.5, settle_s=0.3)
STEP_S = 0.01


class Fingers:
    """Move with exactly the speed, and stop at an object."""

    def __init__(self, width_m=0.08, object_m=0.0):
        self.width_m, self.object_m = width_m, object_m
        self.target_m, self.speed_m_s, self.pressed_n = width_m, 0.0, 0.0

    def move(self, width_m, speed_m_s):
        self.target_m, self.speed_m_s, self.pressed_n = width_m, speed_m_s, 0.0

    def squeeze(self, force_n):
        self.pressed_n = force_n

    def stop(self):
        self.target_m, self.pressed_n = self.width_m, 0.0

    def step(self):
        way_m = max(self.target_m, self.object_m) - self.width_m
        most_m = 2 * self.speed_m_s * STEP_S
        self.width_m += min(max(way_m, -most_m), most_m)


class Bench:
    def __init__(self, homed=True, **fingers):
        self.fingers, self.time_s = Fingers(**fingers), 0.0
        self.hand = Hand(lambda: self.fingers, RobotProfile.load("fr3"), TIMING, homed)

    def pass_time(self, duration_s):
        for _ in range(round(duration_s / STEP_S)):
            self.time_s += STEP_S
            self.fingers.step()
            self.hand.advance(self.time_s)

    def duration_s(self, command, limit_s=20.0):
        """How long a command runs."""
        start_s = self.time_s
        while command.status is Status.RUNNING and self.time_s < start_s + limit_s:
            self.pass_time(STEP_S)
        return self.time_s - start_s


def test_a_move_lasts_as_long_as_its_waits_and_the_way_of_the_fingers():
    bench = Bench()
    for width_m, speed_m_s, way_s in ((0.05, 0.1, 0.3), (0.08, 0.02, 1.5), (0.0, 1.0, 0.2), (0.0, 0.1, 0.0)):
        command = bench.hand.move(width_m, speed_m_s)
        assert bench.duration_s(command) == pytest.approx(0.8 + way_s, abs=0.1)
        assert (command.status, command.error) == (Status.SUCCESS, "")
        assert bench.fingers.width_m == pytest.approx(width_m, abs=1e-3)


def test_the_fingers_wait_before_they_move():
    bench = Bench()
    bench.hand.move(0.0, 0.1)
    bench.pass_time(0.48)
    assert bench.fingers.width_m == 0.08
    bench.pass_time(0.2)
    assert bench.fingers.width_m < 0.07


@pytest.mark.parametrize(
    "width_m, inner_m, outer_m, succeeds",
    [
        (0.05, 0.005, 0.005, True),
        (0.046, 0.005, 0.005, True),
        (0.044, 0.005, 0.005, False),
        (0.056, 0.005, 0.005, False),
        (0.056, 0.007, 0.0, True),
        (0.0, 0.0, 0.06, True),
        (0.08, 0.005, 0.005, False),
    ],
)
def test_a_grasp_holds_what_has_the_width_and_lets_go_of_the_rest(width_m, inner_m, outer_m, succeeds):
    bench = Bench(object_m=0.05)
    command = bench.hand.grasp(width_m, 0.1, 40.0, inner_m, outer_m)
    assert bench.duration_s(command) == pytest.approx(0.8 + 0.3, abs=0.15)
    assert command.status is (Status.SUCCESS if succeeds else Status.UNSUCCESSFUL)
    assert command.error == ""
    assert bench.fingers.pressed_n == (40.0 if succeeds else 0.0)


@pytest.mark.parametrize("asked_n, pressed_n", [(0.0, 30.0), (-1.0, 30.0), (55.0, 55.0), (140.0, 70.0), (inf, 70.0)])
def test_the_force_stays_in_the_continuous_range(asked_n, pressed_n):
    bench = Bench(object_m=0.05)
    bench.duration_s(bench.hand.grasp(0.05, 0.1, asked_n, 0.005, 0.005))
    assert bench.fingers.pressed_n == pressed_n


@pytest.mark.parametrize(
    "order, numbers",
    [
        ("move", (0.081, 0.1)),
        ("move", (-0.001, 0.1)),
        ("move", (nan, 0.1)),
        ("move", (0.05, 0.0)),
        ("move", (0.05, nan)),
        ("grasp", (0.09, 0.1, 40.0, 0.005, 0.005)),
        ("grasp", (nan, 0.1, 40.0, 0.005, 0.005)),
        ("grasp", (0.05, -0.1, 40.0, 0.005, 0.005)),
        ("grasp", (0.05, 0.1, nan, 0.005, 0.005)),
        ("grasp", (0.05, 0.1, 40.0, nan, 0.005)),
        ("grasp", (0.05, 0.1, 40.0, 0.005, -0.005)),
        ("gripper_action", (nan, 40.0)),
    ],
)
def test_what_the_hand_cannot_do_fails_at_once_and_moves_nothing(order, numbers):
    bench = Bench()
    command = getattr(bench.hand, order)(*numbers)
    assert bench.duration_s(command) <= STEP_S
    assert (command.status, command.error) == (Status.FAILED, FAILED)
    bench.pass_time(2.0)
    assert bench.fingers.width_m == 0.08


def test_a_newer_command_aborts_the_running_one():
    bench = Bench()
    move = bench.hand.move(0.0, 0.02)
    bench.pass_time(1.0)
    width_m = bench.fingers.width_m
    grasp = bench.hand.grasp(0.0, 0.1, 30.0, 0.005, 0.005)
    assert (move.status, move.error) == (Status.ABORTED, ABORTED)
    bench.pass_time(0.48)
    assert bench.fingers.width_m == width_m
    bench.duration_s(grasp)
    assert grasp.status is Status.SUCCESS
    assert bench.fingers.width_m == pytest.approx(0.0, abs=1e-6)


def test_a_held_object_stays_held_until_the_next_motion():
    bench = Bench(object_m=0.05)
    bench.duration_s(bench.hand.grasp(0.05, 0.1, 40.0, 0.005, 0.005))
    opening = bench.hand.move(0.08, 0.1)
    bench.pass_time(0.48)
    assert bench.fingers.pressed_n == 40.0
    bench.duration_s(opening)
    assert opening.status is Status.SUCCESS


def test_a_stop_aborts_and_lets_go():
    bench = Bench(object_m=0.05)
    bench.duration_s(bench.hand.grasp(0.05, 0.1, 40.0, 0.005, 0.005))
    bench.hand.stop()
    assert bench.fingers.pressed_n == 0.0
    command = bench.hand.move(0.08, 0.02)
    bench.pass_time(1.0)
    bench.hand.stop()
    assert command.error == ABORTED
    width_m = bench.fingers.width_m
    bench.pass_time(1.0)
    assert bench.fingers.width_m == width_m < 0.08


def test_a_move_against_an_object_stalls_for_a_long_time_and_fails():
    bench = Bench(object_m=0.05)
    command = bench.hand.move(0.03, 0.1)
    assert bench.duration_s(command, limit_s=200.0) == pytest.approx(100.5, abs=0.1)
    assert (command.status, command.error) == (Status.FAILED, FAILED)


def test_homing_closes_opens_and_teaches_the_widest_opening():
    bench = Bench(homed=False)
    assert bench.hand.gripper_action(0.02, 0.0).error.endswith("max_width = 0.000000 command = 0.040000")
    refused = bench.hand.move(0.05, 0.1)
    bench.pass_time(0.1)
    assert refused.error == FAILED
    homing = bench.hand.homing()
    widths_m = []
    while homing.status is Status.RUNNING:
        bench.pass_time(STEP_S)
        widths_m.append(bench.fingers.width_m)
    assert homing.status is Status.SUCCESS
    assert min(widths_m) == pytest.approx(0.0, abs=1e-6)
    assert bench.fingers.width_m == pytest.approx(0.08)
    command = bench.hand.move(0.05, 0.1)
    bench.duration_s(command)
    assert command.status is Status.SUCCESS


def test_gripper_action_opens_by_a_move_and_closes_by_a_grasp():
    bench = Bench(object_m=0.05)
    closing = bench.hand.gripper_action(0.025, 60.0)
    bench.duration_s(closing)
    assert (closing.status, bench.fingers.pressed_n) == (Status.SUCCESS, 60.0)
    opening = bench.hand.gripper_action(0.04, 60.0)
    bench.duration_s(opening)
    assert (opening.status, bench.fingers.pressed_n) == (Status.SUCCESS, 0.0)
    assert bench.fingers.width_m == pytest.approx(0.08, abs=1e-3)
    missing = bench.hand.gripper_action(0.0, 60.0)
    bench.duration_s(missing)
    assert missing.status is Status.UNSUCCESSFUL


def test_gripper_action_answers_at_once_where_there_is_nothing_to_do_and_where_it_cannot():
    bench = Bench()
    running = bench.hand.move(0.0, 0.02)
    assert bench.hand.gripper_action(0.04, 0.0).status is Status.SUCCESS
    refused = bench.hand.gripper_action(0.05, 0.0)
    assert refused.status is Status.FAILED
    assert refused.error == "GripperServer: Commanding out of range width! max_width = 0.080000 command = 0.100000"
    assert running.status is Status.RUNNING, "neither reaches the hand"
