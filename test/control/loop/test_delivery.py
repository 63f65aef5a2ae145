"""Messages that are late, lost or out of order never make a joint_trajectory_controller command a step."""

import heapq
import itertools
from dataclasses import replace

import numpy as np
import pytest
from controller_model import PERIOD_S, ControllerModel

from midp_ros.control import ObservationMonitor, PolicyRunner, Sample
from midp_ros.control.loop.commands import Commands
from midp_ros.control.loop.controller_state import ControllerState
from midp_ros.control.loop.delivery import COPIES, LONGEST_DELAY_S, PATIENCE_S, PROOFS, Delivery
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile

CONTRACT, PROFILE = Contract.load("reach"), RobotProfile.load("fr3")
STEP_RAD = 3e-5


class RestlessPolicy:
    """Wants to be elsewhere at every step."""

    contract = CONTRACT
    executed_steps = 1

    def __init__(self, rng):
        self.rng = rng

    def reset(self, seed):
        pass

    def act(self, window):
        actions = np.tile(self.rng.uniform(-0.6, 0.6), (16, CONTRACT.action_size))
        return ActionChunk(actions, window.time_s, 0.1)


class KnownMotion(JointTrajectory):
    def reach(self, time_s):
        pass


class JointTracker:
    """All joints go to the ready pose plus the first number of the action, within a second."""

    def motion(self, chunk, position_rad, velocity_rad_s):
        goal = PROFILE.ready_rad + chunk.actions[0, 0] * np.where(np.arange(7) % 2, 0.3, 1.0)
        share = np.minimum(1.0, np.arange(len(chunk)) / 10)[:, None]
        points = position_rad + share * (goal - position_rad)
        return KnownMotion(chunk.time_s + 0.1 * np.arange(len(chunk)), points, np.gradient(points, 0.1, axis=0))


class Trial:
    """The runner, a channel and the controller, millisecond by millisecond; a step every 100 ms."""

    def __init__(self, delay, seed=0, latency_s=0.012, state_every=1, from_desired=False, changes="safe", **controller):
        self.delay, self.latency_s, self.state_every = delay, latency_s, state_every
        self.rng, self.time_s, self.count = np.random.default_rng(seed), 100.0, itertools.count()
        self.controller = ControllerModel(PROFILE.ready_rad, from_desired, controller.get("refuses_steps", False))
        self.kind = {"commands_positions": True, **controller}
        self.channel, self.jobs, self.states, self.sent, self.commanded = [], [], [], [], []
        self.stopped_until_s = self.cut_until_s = self.seen_s = 0.0
        self.delivery = Delivery(self._read, changes)
        self.runner = PolicyRunner(
            RestlessPolicy(np.random.default_rng(seed + 1)), JointTracker(), ObservationMonitor(CONTRACT, 0.25),
            lambda: self.time_s, self.jobs.append, self._send, gripper_open_m=0.08, delivery=self.delivery,
            handover="switch",
        )  # fmt: skip

    def _read(self):
        states, self.states = self.states, []
        return states

    def _send(self, commands):
        if commands.trajectory is not None and self.time_s <= commands.before_s:
            self.sent.append(commands)
            if (delay_s := self.delay(self.rng)) is not None:
                heapq.heappush(self.channel, (self.time_s + delay_s, next(self.count), commands))
            return True
        return commands.trajectory is None

    def _receive(self, commands):
        t = commands.trajectory
        points = np.stack([t.position_rad, t.velocity_rad_s, t.acceleration_rad_s2], axis=1)
        stamp_s = t.time_s[0] if commands.stamp_s is None else commands.stamp_s
        self.controller.receive(0.0 if commands.on_arrival else stamp_s, t.time_s - stamp_s, points, self.time_s)

    def run(self, lasts_s):
        first = len(self.commanded)
        for k in range(first, first + round(lasts_s / PERIOD_S)):
            cut = self.time_s < self.cut_until_s  # nothing comes through, in neither direction
            while not cut and self.channel and self.channel[0][0] <= self.time_s:
                self._receive(heapq.heappop(self.channel)[2])
            self.commanded.append(self.controller.update(self.time_s))
            if not cut:
                self.seen_s, self.seen_rad = self.time_s, self.controller.commanded[0]
            if k % self.state_every == 0 and not cut:
                self.states.append(
                    ControllerState(
                        self.time_s, self.controller.start_s, self.controller.reference[0].copy(), **self.kind
                    )
                )
            if k % 100 == 0 and self.time_s >= self.stopped_until_s:
                values = {e.name: Sample(self.time_s, np.full(e.size, 0.08)) for e in CONTRACT.observation}
                values["joint_position"] = Sample(self.seen_s, self.seen_rad)
                self.runner.tick(values)
            if k % 100 == round(self.latency_s / PERIOD_S):
                while self.jobs:
                    self.jobs.pop(0)()
            self.time_s = 100.0 + (k + 1) * PERIOD_S
        return self

    def judge(self):
        """Steps, velocities, accelerations and jerks of the commands, by differences."""
        q = np.array(self.commanded)
        derivatives = [np.abs(np.diff(q, n, axis=0) / PERIOD_S**n).max(axis=0) for n in (1, 2, 3)]
        highest = PROFILE.velocity_max_rad_s, PROFILE.acceleration_max_rad_s2, PROFILE.jerk_max_rad_s3
        return np.abs(np.diff(q, 2, axis=0)).max(), [d / h for d, h in zip(derivatives, highest, strict=True)]

    @property
    def way_rad(self):
        return np.abs(np.diff(np.array(self.commanded), axis=0)).sum(axis=0).max()


def quick(rng):
    return rng.uniform(0.0005, 0.004)


def injected(rng):
    """The bar's: 0 to 0.3 s, one in fifty 1 s, one in fifty lost."""
    fate = rng.uniform()
    return None if fate < 0.02 else 1.0 if fate < 0.04 else rng.uniform(0.0, 0.3)


def anything(rng):
    return None if rng.uniform() < 0.2 else rng.uniform(0.0, LONGEST_DELAY_S)


def require_within_limits(trial):
    step_rad, shares = trial.judge()
    assert step_rad < STEP_RAD
    for share, most in zip(shares, (1.0, 1.0, 1.02), strict=True):
        assert share.max() <= most, [s.round(2).tolist() for s in shares]


@pytest.mark.parametrize(
    ("from_desired", "state_every", "controller"),
    [(False, 1, {}), (True, 10, {"commands_positions": False}), (False, 10, {"refuses_steps": True})],
)
@pytest.mark.parametrize("delay", [quick, injected, anything])
def test_whatever_the_delays_the_commands_stay_within_the_limits_and_the_arm_moves(
    delay, from_desired, state_every, controller
):
    trial = Trial(delay, 3, from_desired=from_desired, state_every=state_every, **controller).run(8.0)
    require_within_limits(trial)
    assert trial.way_rad > (2.0 if delay is not anything else 0.1)


def test_where_every_message_is_taken_to_be_in_time_late_ones_are_steps():
    """What this guards against."""
    trial = Trial(injected, 3, changes="assumed").run(6.0)
    assert trial.judge()[0] > 30 * STEP_RAD


def test_where_positions_are_commanded_not_even_the_first_late_message_is_a_step():
    """By default: the channel was quick as long as it lasted."""
    trial = Trial(quick)
    for _ in range(5):
        trial.delay = quick
        trial.run(1.7)
        trial.delay = lambda rng: rng.uniform(0.05, 0.5)
        trial.run(0.7)
    require_within_limits(trial)
    assert trial.way_rad > 2.0 and all(c.on_arrival for c in trial.sent)


def test_a_controller_that_refuses_steps_is_changed_on_the_way_and_a_sudden_stall_costs_a_rest():
    trial = Trial(quick, refuses_steps=True)
    for _ in range(3):
        trial.delay = quick
        trial.run(1.7)
        trial.delay = lambda rng: rng.uniform(0.05, 0.5)
        trial.run(0.5)
    require_within_limits(trial)
    assert trial.controller.refused and trial.way_rad > 0.5
    assert not any(c.probes for c in trial.sent) and not trial.sent[0].on_arrival


def test_a_controller_that_refuses_steps_is_sent_copies_and_soon_another_motion():
    trial = Trial(lambda rng: None, refuses_steps=True).run(4.0)
    starting = [c.trajectory for c in trial.sent if c.on_arrival]
    kinds = [sum(np.array_equal(t.position_rad, u.position_rad) for u in starting) for t in starting]
    assert max(kinds) == COPIES + 1 and len(starting) >= 2 * (COPIES + 1)


def test_copies_that_arrive_in_any_order_start_one_motion():
    trial = Trial(lambda rng: rng.uniform(0.0, 0.5), 1, refuses_steps=True).run(8.0)
    require_within_limits(trial)
    assert trial.way_rad > 2.0 and trial.controller.refused > 5


def test_a_quick_channel_to_torques_is_found_out_at_rest_and_then_the_motion_changes_on_its_way():
    trial = Trial(quick, commands_positions=False).run(6.0)
    probes, moves = [[c for c in trial.sent if c.probes is kind] for kind in (True, False)]
    assert len(probes) == PROOFS and trial.delivery.quick
    assert not any(c.on_arrival for c in moves) and len(moves) > 40
    stamps = [c.stamp_s for c in trial.sent]
    assert min(abs(a - b) for a, b in itertools.combinations(stamps, 2)) > 5e-4


def test_a_channel_that_becomes_slow_ends_changes_on_the_way_after_one_message():
    trial = Trial(quick, changes="quick").run(4.0)
    assert not trial.runner.status().late
    trial.delay = lambda rng: 0.02  # later than quick, and in time
    before = len(trial.sent)
    trial.run(3.0)
    assert trial.runner.status().late
    assert [c.on_arrival for c in trial.sent[before + 1 :]].count(False) == 0
    require_within_limits(trial)


def test_a_lost_message_stops_the_arm_and_only_then_another_one_is_sent():
    trial = Trial(quick, changes="quick").run(4.0)
    lost = iter([None])
    trial.delay = lambda rng: next(lost, 0.002)
    before = len(trial.sent)
    trial.run(5.0)
    require_within_limits(trial)
    after = trial.sent[before + 1 :]
    assert after and all(c.on_arrival for c in after)


def test_a_stopped_policy_and_a_stop_between_messages_make_no_step():
    trial = Trial(injected, 5)
    for _ in range(4):
        trial.run(1.3)
        trial.stopped_until_s = trial.time_s + 0.3
        trial.runner.stop()
    require_within_limits(trial)


@pytest.mark.parametrize("lasts_s", [0.5, 2.5, 6.0])
@pytest.mark.parametrize("controller", [{}, {"refuses_steps": True}])
def test_what_comes_through_after_an_outage_makes_no_step(lasts_s, controller):
    """A stopped process, or a network that was gone: what was sent meanwhile arrives with the states, however late."""
    trial, lasted = Trial(quick, **controller), 0
    for k in range(8):
        trial.run(1.4 + 0.17 * k)
        before = len(trial.sent)
        trial.cut_until_s = trial.time_s + lasts_s
        trial.run(lasts_s)
        lasted += len(trial.sent) > before
    trial.run(4.0)
    require_within_limits(trial)
    assert lasted, "messages were under way"
    before = len(trial.sent)
    trial.run(3.0)
    assert len(trial.sent) > before, "it goes on"


def lose_one(trial):
    """Loses the next message; returns how many were sent before it."""
    lost, before = iter([None]), len(trial.sent)
    trial.delay = lambda rng: next(lost, 0.002)
    while len(trial.sent) == before:
        trial.run(0.1)
    return before


@pytest.mark.parametrize("controller", [{}, {"refuses_steps": True}])
def test_a_lost_message_is_given_up_although_states_fail_to_come_now_and_then(controller):
    """As beside busy processes: each outage alone leaves open what was under way."""
    trial = Trial(quick, **controller).run(4.0)
    before = lose_one(trial)
    for _ in range(6):
        trial.cut_until_s = trial.time_s + 0.4
        trial.run(1.0)
    assert len(trial.sent) > before + 1
    require_within_limits(trial)


def test_where_the_fate_of_a_message_stays_open_the_report_says_so():
    trial = Trial(quick).run(4.0)
    before = lose_one(trial)
    for _ in range(6):
        trial.cut_until_s = trial.time_s + 0.4
        trial.run(0.7)  # states come for shorter than a message takes that was under way
    assert len(trial.sent) == before + 1
    said = trial.runner.status().reason
    assert "a trajectory has not arrived for more than 3 s" in said and "controller_state come with gaps" in said
    trial.run(3.0)
    assert len(trial.sent) > before + 1 and not trial.runner.status().reason


def test_nothing_is_sent_to_a_controller_of_unknown_state_and_the_report_says_so():
    trial = Trial(quick)
    trial.delivery._read = lambda: ()
    trial.run(PATIENCE_S - 0.1)
    assert not trial.sent and not trial.runner.status().reason
    trial.run(0.3)
    assert not trial.sent and "no state of the controller on controller_state" in trial.runner.status().reason
    trial.delivery._read = trial._read
    trial.run(0.5)
    assert trial.sent and not trial.runner.status().reason
    trial.delivery._read = lambda: ()
    trial.run(3.5)
    assert "no state of the controller on controller_state for more than 3 s" in trial.runner.status().reason


@pytest.mark.parametrize("lasts_s", [1.5, 4.0])
def test_a_controller_that_runs_something_else_is_left_alone_until_it_rests(lasts_s):
    trial = Trial(quick, changes="quick").run(3.0)
    times_s = np.linspace(0.0, lasts_s, 151)
    start, goal = trial.controller.commanded[0], trial.controller.commanded[0] + 0.1
    u = (times_s / lasts_s)[:, None]
    path = start + (goal - start) * (10 * u**3 - 15 * u**4 + 6 * u**5)
    step_s = times_s[1]
    rates = [np.gradient(path, step_s, axis=0), np.gradient(np.gradient(path, step_s, axis=0), step_s, axis=0)]
    rates[0][[0, -1]] = rates[1][[0, -1]] = 0.0
    trial.controller.receive(0.0, times_s, np.stack([path, *rates], axis=1), trial.time_s)
    before = len(trial.sent)
    trial.run(lasts_s - 0.1)
    assert len(trial.sent) <= before + 1  # one may have been on its way to be planned
    assert ("not sent from here" in trial.runner.status().reason) == (lasts_s > 3.0)
    trial.run(1.0)
    assert len(trial.sent) > before + 1 and not trial.runner.status().reason


def test_stamped_commands_keep_their_points():
    delivery, still = Delivery(), np.zeros((1, 7))
    commands = Commands(JointTrajectory(np.array([5.0]), still, still, still))
    for k in range(3):
        stamped = delivery.stamped(commands)
        assert stamped == replace(commands, stamp_s=stamped.stamp_s)
        assert stamped.stamp_s == pytest.approx(5.0 - k * 1e-3)
        delivery.sent(stamped, 5.0)
