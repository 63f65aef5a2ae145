"""A motion that presses too hard is stopped between two control steps, and the next step plans anew from there."""

import numpy as np
import pytest
from test_runner import Bench, CountingPolicy

from midp_ros.cli.evaluation.lock_step import lock_step
from midp_ros.control import ExternalForces
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.window import action_vector
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions

PICK = Contract.load("pick")


def pressed(bench, newtons, sign=1.0):
    """A force in two measurements; the joint torques do work against a motion of this sign."""
    for time_s, share in ((bench.time_s - 0.01, 0.0), (bench.time_s, 1.0)):
        felt = share * newtons * np.array([0, 0, 1.0, 0, 0, 0])
        reason = bench.runner.feel(ExternalForces(time_s, np.full(7, sign * share), felt))
    return reason


def moving():
    bench = Bench()
    bench.run(3)
    bench.time_s += 0.02
    return bench


def test_it_is_stopped_at_once_and_the_next_step_asks_for_a_chunk():
    bench = moving()
    asked, sent = len(bench.policy.windows), len(bench.trajectories)
    assert "force z" in pressed(bench, 12.0)
    stop = bench.trajectories[-1]
    assert len(bench.trajectories) == sent + 1
    assert not stop.velocity_rad_s[-1].any()
    assert stop.time_s[-1] < bench.time_s + 1.0
    assert not pressed(bench, 12.0)  # what stops is not stopped again
    bench.time_s += 0.08
    bench.run(1)
    assert len(bench.policy.windows) == asked + 1  # of 8 steps, 3 had passed
    assert bench.policy.seeds == [0]  # the episode goes on
    assert bench.runner.status().contact_stops == 1


def test_a_motion_away_from_the_contact_and_a_weak_force_go_on():
    bench = moving()
    sent = len(bench.trajectories)
    assert not pressed(bench, 35.0, sign=-1.0)
    bench.time_s += 0.02
    assert not pressed(bench, 4.0)
    assert len(bench.trajectories) == sent


def test_what_was_being_computed_is_dropped():
    bench = moving()
    bench.time_s = round(bench.time_s - 0.02 + 0.5, 6)  # the chunk is due
    bench.joints = bench.runner.sample(bench.time_s)[0]
    bench.runner.tick(bench.samples())
    assert len(bench.jobs) == 1
    assert pressed(bench, 12.0)
    sent = len(bench.trajectories)
    bench.work()
    assert len(bench.trajectories) == sent


class Pressing(CountingPolicy):
    """Moves over the cube with closed fingers, then presses down on it at a speed."""

    contract, speed_m_s = PICK, 0.02

    def act(self, window):
        seen = {name: window.array()[-1][place] for name, place in PICK.observation_slices.items()}
        tool_m, cube_m = seen["tool_position"], seen["object_position"]
        over = np.hypot(*(tool_m - cube_m)[:2]) < 0.01
        down_m = tool_m[2] - self.speed_m_s * 0.1 * np.arange(1, 17) if over else np.full(16, 0.12)
        rows = [self.action([*cube_m[:2], max(z, 0.02)]) for z in down_m]
        return ActionChunk(np.stack(rows), window.time_s, 0.1)

    def action(self, position_m):
        down = [1.0, 0, 0, 0, -1.0, 0]
        return action_vector(PICK, {"tool_position": position_m, "tool_rotation": down, "gripper_width": [0.0]})


@pytest.mark.parametrize("guarded", [True, False])
def test_pressed_onto_something_hard_the_robot_needs_no_reflex(guarded, monkeypatch):
    if not guarded:
        monkeypatch.setattr("midp_ros.control.PolicyRunner.feel", lambda self, felt: "")
    simulation = Simulation("pick", "fr3", options=RobotOptions(reflexes=True))
    simulation.task.time_limit_s = 5.0
    rollout, holds = lock_step(simulation, Pressing(), 3, "switch", 0.0)
    assert bool(rollout.reflexes) is not guarded, (rollout.reflexes, holds)
