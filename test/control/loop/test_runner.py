"""The loop in lock step: a fake clock, no threads, and the real tracker and simulation where they matter."""

import threading
from pathlib import Path

import numpy as np
import pytest

from midp_ros.control import CollisionError, ObservationMonitor, PolicyRunner, Sample, State
from midp_ros.control.shaping.shaped_motion import ShapedMotion
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory, central_velocities
from midp_ros.core.window import action_vector
from midp_ros.kinematics import RobotProfile

CONTRACTS = Path(__file__).parents[3] / "config" / "contracts"
CONTRACT = Contract.load(CONTRACTS / "pick.yaml")
TURN = [1.0, 0, 0, 0, -1.0, 0]


class CountingPolicy:
    """Action k of a chunk says when it was meant to be issued; the gripper closes after one second."""

    contract = CONTRACT
    executed_steps = 8

    def __init__(self):
        self.windows, self.seeds, self.error = [], [], None

    def reset(self, seed):
        self.seeds.append(seed)

    def act(self, window):
        if self.error:
            raise self.error
        self.windows.append((window.time_s, window.array()))
        times = window.time_s + 0.1 * np.arange(15)
        width = 0.0 if window.time_s > 1.0 else 0.08
        rows = [
            action_vector(CONTRACT, {"tool_position": [t, 0, 0], "tool_rotation": TURN, "gripper_width": [width]})
            for t in times
        ]
        return ActionChunk(np.stack(rows), window.time_s, 0.1)


class KnownMotion(JointTrajectory):
    """All of it is known from the beginning."""

    def reach(self, time_s):
        pass


class JointTracker:
    """All joints follow the first number of the tool position."""

    def motion(self, chunk, position_rad, velocity_rad_s):
        points = np.vstack([position_rad, np.repeat(chunk.actions[:, :1], 7, axis=1)])
        velocities = np.ones_like(points)
        velocities[0] = velocity_rad_s
        return KnownMotion(chunk.time_s + 0.1 * np.arange(len(points)), points, velocities)


class Bench:
    """The runner with everything around it under control."""

    def __init__(self, policy=None, handover="switch", check=lambda motion: None):
        self.time_s, self.sent, self.jobs, self.joints = 0.0, [], [], np.zeros(7)
        self.policy, self.tracker = policy or CountingPolicy(), JointTracker()
        self.runner = PolicyRunner(
            self.policy, self.tracker, ObservationMonitor(CONTRACT, 0.5), lambda: self.time_s,
            self.jobs.append, self.sent.append, gripper_open_m=0.08, handover=handover, check=check,
        )  # fmt: skip

    def samples(self, **changed):
        values = {e.name: Sample(self.time_s, np.full(e.size, 0.08)) for e in CONTRACT.observation}
        values["joint_position"] = Sample(self.time_s, self.joints)
        return {**values, **changed}

    def work(self):
        while self.jobs:
            self.jobs.pop(0)()

    def run(self, steps, latency_s=0.0, **changed):
        issued = []
        for _ in range(steps):
            issued.append(self.runner.tick(self.samples(**changed)))
            self.time_s += latency_s
            self.work()
            self.time_s = round((self.time_s - latency_s) + 0.1, 6)
            if (state := self.runner.sample(self.time_s)) is not None:
                self.joints = state[0]
        return issued

    @property
    def trajectories(self):
        return [c.trajectory for c in self.sent if c.trajectory is not None]


def test_windows_are_taken_every_executed_steps():
    bench = Bench()
    issued = bench.run(20)
    assert [round(t, 6) for t, _ in bench.policy.windows] == [0.0, 0.8, 1.6]
    assert issued[0] is None  # the action of the step before
    np.testing.assert_allclose([i.time_s for i in issued[1:]], np.arange(19) * 0.1)
    np.testing.assert_allclose([i.action[0] for i in issued[1:]], np.arange(19) * 0.1, atol=1e-9)


def test_trajectories_join_without_a_step():
    bench = Bench()
    bench.run(30, latency_s=0.03)
    assert len(bench.trajectories) == 8  # of every chunk first the head, then the remainder
    for before, after in zip(bench.trajectories, bench.trajectories[1:], strict=False):
        position, velocity = before.sample(after.time_s[0])
        np.testing.assert_allclose(after.position_rad[0], position)
        np.testing.assert_allclose(after.velocity_rad_s[0], velocity)


def test_the_first_trajectory_starts_from_the_measured_joints():
    bench = Bench()
    bench.joints = np.linspace(-1, 1, 7)
    bench.run(1)
    np.testing.assert_array_equal(bench.trajectories[0].position_rad[0], np.linspace(-1, 1, 7))
    assert not bench.trajectories[0].velocity_rad_s[0].any()


def test_the_gripper_gets_its_goal_once_and_waits():
    bench = Bench()
    bench.run(20)
    assert [c.gripper_width_m for c in bench.sent if c.gripper_width_m is not None] == [0.08]
    bench.runner.gripper_finished()
    bench.run(2)
    assert [c.gripper_width_m for c in bench.sent if c.gripper_width_m is not None] == [0.08, 0.0]


@pytest.mark.parametrize(
    "bad, words",
    [
        (Sample(-1.0, np.zeros(7)), "stale observation of joint_position"),
        (Sample(99.0, problem="joint state lacks 'fr3_joint3'"), "lacks 'fr3_joint3'"),
        (Sample(99.0, np.full(7, np.nan)), "not finite"),
    ],
)
def test_bad_observations_bring_the_arm_to_rest_and_good_ones_resume(bad, words):
    bench = Bench()
    bench.run(5)
    bench.run(3, joint_position=bad)
    status = bench.runner.status()
    assert status.state is State.HOLDING and words in status.reason
    assert len(bench.trajectories) == 3  # two to move, one to stop
    stop = bench.trajectories[-1]
    assert not stop.velocity_rad_s[-1].any() and stop.time_s[-1] - stop.time_s[0] < 0.5
    np.testing.assert_allclose(stop.position_rad[0], bench.trajectories[1].sample(stop.time_s[0])[0])
    bench.run(1)
    assert bench.runner.status().state is State.RUNNING
    np.testing.assert_allclose(bench.trajectories[-1].position_rad[0], stop.position_rad[-1])
    assert len(bench.policy.windows) == 2
    np.testing.assert_array_equal(bench.policy.windows[-1][1][0], bench.policy.windows[-1][1][1])  # nothing of before


def test_a_failing_policy_holds_says_why_and_recovers():
    bench = Bench()
    bench.run(5)
    bench.policy.error = RuntimeError("the model is gone")
    bench.run(10)
    assert bench.runner.status().reason == "inference failed: the model is gone"
    assert bench.runner.status().state is State.HOLDING
    assert len(bench.trajectories) == 3
    bench.policy.error = None
    bench.run(1)
    assert bench.runner.status().state is State.RUNNING


def test_actions_that_are_not_finite_hold(monkeypatch):
    bench = Bench()
    chunk = ActionChunk(np.full((15, CONTRACT.action_size), np.nan), 0.0, 0.1)
    monkeypatch.setattr(bench.policy, "act", lambda window: chunk)
    bench.run(2)
    assert "not finite" in bench.runner.status().reason and not bench.sent


def test_a_chunk_that_comes_too_late_is_not_executed():
    bench = Bench()
    bench.runner.tick(bench.samples())
    bench.time_s = 3.0
    bench.work()
    assert not bench.sent and "too slow" in bench.runner.status().reason


def test_only_one_chunk_is_asked_for_at_a_time():
    bench = Bench()
    for _ in range(5):
        bench.runner.tick(bench.samples())
        bench.time_s += 0.1
    assert len(bench.jobs) == 1


def test_a_reset_drops_what_is_under_way():
    bench = Bench()
    bench.runner.tick(bench.samples())
    bench.runner.reset(7)
    bench.work()
    assert not bench.sent
    bench.run(1)
    assert bench.policy.seeds == [0, 7] and len(bench.trajectories) == 1


def test_an_arm_that_was_moved_by_something_else_is_started_anew():
    bench = Bench()
    bench.run(4)
    bench.joints = bench.joints + np.eye(7)[2] * 0.5
    moved = bench.joints
    bench.run(1)
    np.testing.assert_array_equal(bench.trajectories[-1].position_rad[0], moved)
    assert len(bench.policy.seeds) == 2


def test_stopping_keeps_the_commanded_position():
    bench = Bench()
    bench.run(5)
    bench.runner.stop()
    bench.runner.stop()
    assert len(bench.trajectories) == 3
    end_rad = bench.trajectories[-1].position_rad[-1]
    np.testing.assert_array_equal(bench.runner.sample(bench.time_s + 5)[0], end_rad)


def test_the_expert_picks_in_the_simulation_through_this_loop():
    pytest.importorskip("pybullet")
    from midp_ros.expert import make_expert
    from midp_ros.kinematics import ToolTracker
    from midp_ros.simulation import Simulation

    simulation = Simulation("pick")
    simulation.reset(3)
    expert = make_expert("pick", CONTRACT)

    def send(commands):
        if commands.trajectory is not None:
            simulation.follow(commands.trajectory)
        if commands.gripper_width_m is not None:
            simulation.move_gripper(commands.gripper_width_m)

    runner = PolicyRunner(
        expert, ToolTracker(simulation.model, CONTRACT), ObservationMonitor(CONTRACT, 0.5), lambda: simulation.time_s,
        lambda job: job(), send, simulation.profile.gripper_width_max_m,
    )  # fmt: skip
    runner.reset(3)
    while not simulation.status().done:
        values = simulation.observe()
        runner.tick({e.name: Sample(simulation.time_s, values[e.name]) for e in CONTRACT.observation})
        simulation.advance(0.1)
        runner.gripper_finished()
    assert simulation.status().success


def test_a_slow_tracker_does_not_make_the_arm_jump_back(monkeypatch):
    bench = Bench()
    bench.run(8)
    old = bench.trajectories[-1]
    track = bench.tracker.motion

    def slowly(*arguments):
        trajectory = track(*arguments)
        bench.time_s += 0.04
        return trajectory

    monkeypatch.setattr(bench.tracker, "motion", slowly)
    bench.run(1, latency_s=0.02)
    new = bench.trajectories[-1]
    assert new.time_s[0] == pytest.approx(0.86)
    np.testing.assert_allclose(new.position_rad[0], old.sample(new.time_s[0])[0])
    np.testing.assert_allclose(new.velocity_rad_s[0], old.sample(new.time_s[0])[1])


READY = RobotProfile.load("fr3").ready_rad
DELAY_S = 0.02  # between a message and its controller


def test_what_a_controller_makes_of_it_keeps_the_robots_limits(monkeypatch):
    """The tracker asks for steps in acceleration at every knot, inference fails now and then, messages take 20 ms."""
    pytest.importorskip("pybullet")
    from midp_ros.simulation.safety.joint_motion import JointMotionLimits

    class ReadyTracker(JointTracker):
        def motion(self, chunk, position_rad, velocity_rad_s):
            chunk.actions[:, 0] = 0.3 * np.sin(2.5 * chunk.actions[:, 0])
            t = super().motion(chunk, position_rad - READY, velocity_rad_s)
            velocity = central_velocities(t.time_s, t.position_rad, velocity_rad_s)
            return KnownMotion(t.time_s, t.position_rad + READY, velocity)

    bench = Bench()
    bench.joints = READY
    monkeypatch.setattr(bench.tracker, "motion", ReadyTracker().motion)
    heard = []
    monkeypatch.setattr(
        bench.runner._sink, "_send", lambda c: c.trajectory and heard.append((bench.time_s, c.trajectory))
    )
    for step in range(90):
        bench.policy.error = RuntimeError("no") if step % 20 > 14 else None
        bench.run(1, latency_s=0.017)
    assert len(heard) > 12
    commands, trail = 1e-3 * np.arange(9000), [READY] * 3
    for time_s in commands:
        known = [t for sent_s, t in heard if sent_s + DELAY_S <= time_s + 1e-9]
        trail.append(known[-1].sample(time_s)[0] if known else READY)
    assert JointMotionLimits(RobotProfile.load("fr3")).first_violation(np.array(trail)) is None
    assert np.ptp(trail, axis=0).min() > 0.2


def test_where_shaping_takes_longer_the_hand_over_comes_later(monkeypatch):
    bench = Bench()
    bench.run(8)
    old = bench.trajectories[-1]
    shape = ShapedMotion.head
    monkeypatch.setattr(ShapedMotion, "head", lambda *a: (setattr(bench, "time_s", bench.time_s + 0.05), shape(*a))[1])
    bench.run(1)
    new = bench.trajectories[-1]
    together_s = np.arange(new.time_s[0], 0.8 + 0.05 + 0.06, 1e-3)
    np.testing.assert_allclose(new.sample(together_s)[0], old.sample(together_s)[0], atol=1e-9)
    assert np.abs(new.sample(together_s[-1] + 0.2)[0] - old.sample(together_s[-1] + 0.2)[0]).max() > 1e-6


class InpaintingPolicy(CountingPolicy):
    can_inpaint = True

    def __init__(self):
        super().__init__()
        self.prefixes = []

    def act(self, window, prefix=None, frozen_steps=0):
        self.prefixes.append((prefix and prefix.time_s, frozen_steps))
        return super().act(window)


@pytest.mark.parametrize("latency_s, frozen", [(0.0, 0), (0.03, 0), (0.08, 1)])
def test_inpainting_freezes_as_many_actions_as_the_measured_latency_takes(latency_s, frozen):
    bench = Bench(InpaintingPolicy(), handover="inpaint")
    bench.run(20, latency_s)
    assert bench.policy.prefixes == [(None, 0), (pytest.approx(0.0), frozen), (pytest.approx(0.8), frozen)]
    bench.runner.stop()
    bench.run(1)
    assert bench.policy.prefixes[-1] == (None, 0)  # it starts anew


def test_an_ensemble_asks_at_every_step_and_sends_the_average():
    class Rising(CountingPolicy):
        def act(self, window):
            chunk = super().act(window)
            chunk.actions[:, 0] = len(self.windows)
            return chunk

    bench = Bench(Rising(), handover="ensemble")
    bench.run(3)
    assert [round(t, 6) for t, _ in bench.policy.windows] == [0.0, 0.1, 0.2]
    weights = np.exp(-0.01 * np.arange(3))
    chunks = [c.chunk for c in bench.sent if c.chunk is not None]
    assert chunks[-1].actions[0, 0] == pytest.approx(weights @ [1, 2, 3] / weights.sum())


def test_every_chunk_that_is_taken_over_is_sent_with_its_trajectory():
    bench = Bench()
    bench.run(9, latency_s=0.08)
    bench.runner.stop()
    moves = [c for c in bench.sent if c.trajectory is not None]
    assert [c.chunk and round(c.chunk.time_s, 6) for c in moves] == [0.08, None, 0.88, None]
    np.testing.assert_allclose(moves[0].chunk.actions[:, 0], 0.1 * np.arange(1, 15))


@pytest.mark.parametrize("handover", ["switch", "ensemble"])
def test_when_inference_stops_answering_the_arm_finishes_its_chunk(handover):
    bench = Bench(handover=handover)
    bench.run(1)
    for _ in range(20):
        bench.time_s = round(bench.time_s + 0.1, 6)
        bench.joints = bench.runner.sample(bench.time_s)[0]
        bench.runner.tick(bench.samples())
    head, whole = bench.trajectories
    assert not head.velocity_rad_s[-1].any() and head.time_s[-1] < 0.8
    np.testing.assert_allclose(whole.position_rad[-1, 0], 1.4, atol=2e-2)
    assert not whole.velocity_rad_s[-1].any()
    together_s = np.arange(whole.time_s[0], 0.3, 1e-3)
    np.testing.assert_allclose(whole.sample(together_s)[0], head.sample(together_s)[0], atol=1e-9)
    assert "inference has not answered" in bench.runner.status().reason


def test_where_every_step_brings_a_chunk_only_heads_are_worked_out_and_sent(monkeypatch):
    bench = Bench(handover="ensemble")
    wholes = []
    monkeypatch.setattr(ShapedMotion, "whole", lambda motion: wholes.append(motion))
    bench.run(30, latency_s=0.03)
    assert not wholes
    assert len(bench.trajectories) == 30
    assert all(not t.velocity_rad_s[-1].any() and t.time_s[-1] - t.time_s[0] < 1.0 for t in bench.trajectories)


def test_a_remainder_that_cannot_be_worked_out_leaves_the_arm_to_come_to_rest(monkeypatch):
    bench = Bench(handover="ensemble")
    bench.run(1)

    def fails(motion):
        raise RuntimeError("no way")

    monkeypatch.setattr(ShapedMotion, "whole", fails)
    for _ in range(3):
        bench.time_s = round(bench.time_s + 0.1, 6)
        bench.joints = bench.runner.sample(bench.time_s)[0]
        bench.runner.tick(bench.samples())
    assert len(bench.trajectories) == 1 and not bench.trajectories[0].velocity_rad_s[-1].any()
    assert "shaping failed: no way" in bench.runner.status().reason


def test_a_loop_that_stalled_until_its_head_brakes_lets_it_rest_and_goes_on_from_there():
    bench = Bench()
    bench.run(1)
    bench.time_s = 0.5  # the head rests soon
    bench.joints = bench.runner.sample(0.5)[0]
    bench.run(1)
    assert len(bench.trajectories) == 1
    bench.run(5)
    head, after = bench.trajectories[:2]
    np.testing.assert_allclose(after.position_rad[0], head.position_rad[-1])


def test_a_job_is_submitted_without_the_lock_that_the_job_needs():
    bench, done = Bench(), []

    def submit(job):
        worker = threading.Thread(target=job, daemon=True)
        worker.start()
        worker.join(60.0)  # for ever, if it waited for the lock
        done.append(not worker.is_alive())

    bench.runner._submit = submit
    bench.runner.tick(bench.samples())
    assert done == [True] and len(bench.trajectories) == 1


def test_the_stages_of_every_chunk_are_timed():
    bench = Bench()
    assert all(np.isnan(v) for v in bench.runner.stages.values().values())
    bench.run(9)
    values = bench.runner.stages.values()
    of_the_node = {f"{stage}_p{percent}_s" for stage in ("delivery", "publishing") for percent in (50, 99)}
    assert {name for name, v in values.items() if np.isnan(v)} == of_the_node


def test_a_motion_that_is_refused_is_not_sent_and_holds_until_another_one_passes():
    refused = []

    def check(motion):
        if refused:
            raise CollisionError("planned motion would bring fr3_hand too close to fr3_link1: 4.2 cm")

    bench = Bench(check=check)
    bench.run(14)
    sent = len(bench.trajectories)
    refused.append(True)
    bench.run(8)
    status = bench.runner.status()
    assert status.state is State.HOLDING
    assert status.reason == "planned motion would bring fr3_hand too close to fr3_link1: 4.2 cm"
    assert len(bench.trajectories) == sent + 1, "the stop, although none is clear, and nothing else"
    assert not bench.trajectories[-1].velocity_rad_s[-1].any()
    refused.clear()
    bench.run(3)
    assert bench.runner.status().state is State.RUNNING and len(bench.trajectories) > sent + 1


def test_a_remainder_that_is_refused_is_not_sent_either():
    long = []

    def check(motion):
        if motion.time_s[-1] - motion.time_s[0] > 0.8:
            long.append(motion)
            raise CollisionError("planned motion would bring fr3_hand into the table: -2 cm")

    bench = Bench(check=check)
    bench.run(2)
    assert long and all(t.time_s[-1] - t.time_s[0] <= 0.8 for t in bench.trajectories)
    assert "into the table" in bench.runner.status().reason


def test_a_hold_where_the_arm_is_elsewhere_sends_no_stop_and_the_next_motion_begins_where_it_is():
    bench = Bench()
    bench.run(14)
    sent = len(bench.trajectories)
    bench.joints = bench.joints + 1.0  # as by a task's reset
    elsewhere = bench.joints.copy()
    bench.run(1, gripper_width=Sample(bench.time_s, problem="gone"))
    assert bench.runner.status().state is State.HOLDING and len(bench.trajectories) == sent
    bench.joints = elsewhere
    bench.run(1)
    np.testing.assert_array_equal(bench.trajectories[sent].position_rad[0], elsewhere)


class LateSink:
    """The first of what is sent after `refuse` comes too late; the others are sent."""

    def __init__(self, bench):
        self.bench, self.refused, self.refuse = bench, [], 0
        bench.runner._sink._send = self

    def __call__(self, commands):
        if commands.trajectory is not None and self.refuse:
            self.refuse -= 1
            self.refused.append(commands)
            return False
        self.bench.sent.append(commands)
        return True


def test_a_head_that_comes_too_late_is_planned_again_from_the_motion_that_the_arm_follows():
    bench = Bench()
    late = LateSink(bench)
    bench.run(8)
    late.refuse = 1
    bench.run(1)
    (refused,) = late.refused
    follows = bench.trajectories[-1]
    before = bench.trajectories[-2]
    assert refused.before_s > bench.time_s - 0.1  # until then it is the running motion
    for trajectory in (refused.trajectory, follows):
        start_s = trajectory.time_s[0]
        np.testing.assert_allclose(trajectory.sample(start_s)[0], before.sample(start_s)[0])
    assert bench.runner.sample(bench.time_s)[0] == pytest.approx(follows.sample(bench.time_s)[0])
    assert bench.runner.status().state is State.RUNNING


def test_a_remainder_and_a_stop_that_come_too_late_leave_the_arm_its_head_which_ends_at_rest():
    bench = Bench()
    late = LateSink(bench)
    bench.run(1)
    late.refuse = 1
    bench.run(3)
    assert len(late.refused) == 1, "the remainder"
    head = bench.trajectories[-1]
    assert not head.velocity_rad_s[-1].any()
    np.testing.assert_array_equal(bench.runner.sample(bench.time_s)[0], head.sample(bench.time_s)[0])
    late.refuse = 3
    bench.runner.stop()
    assert len(late.refused) == 4 and bench.trajectories[-1] is head
    np.testing.assert_array_equal(bench.runner.sample(bench.time_s)[0], head.sample(bench.time_s)[0])
