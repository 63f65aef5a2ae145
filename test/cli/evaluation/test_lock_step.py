"""The evaluation's loop: what the policy's node does, in simulated time, whatever the delay."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pybullet")

from midp_ros.cli.evaluation import arm_command  # noqa: E402
from midp_ros.cli.evaluation import episodes as evaluation  # noqa: E402
from midp_ros.cli.evaluation.lock_step import DelayedThread, lock_step  # noqa: E402
from midp_ros.control import HandOverError  # noqa: E402
from midp_ros.core.contract import Contract  # noqa: E402
from midp_ros.expert import make_expert  # noqa: E402
from midp_ros.simulation import Simulation, rollout  # noqa: E402
from midp_ros.simulation.arm.robot_options import RobotOptions  # noqa: E402

ROOT = Path(__file__).parents[3]
CONTRACT = Contract.load(ROOT / "config" / "contracts" / "reach.yaml")


@pytest.fixture(scope="module")
def simulation():
    return Simulation("reach", options=RobotOptions(reflexes=True))


class Spied:
    """The expert, with the times of its observations and of its answers noted."""

    contract, executed_steps = CONTRACT, 1

    def __init__(self, simulation):
        self._expert, self._simulation, self.seen = make_expert("reach", CONTRACT), simulation, []

    def reset(self, seed):
        self.seen = []
        self._expert.reset(seed)

    def act(self, window):
        self.seen.append((window.time_s, self._simulation.time_s))
        return self._expert.act(window)


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.1, 0.15])
def test_a_chunk_comes_exactly_so_long_after_its_observation(simulation, delay_s):
    policy = Spied(simulation)
    result, holds = lock_step(simulation, policy, 3, "switch", delay_s)
    asked_s, answered_s = np.array(policy.seen).T
    np.testing.assert_allclose(answered_s - asked_s, delay_s, atol=1e-9)
    every_s = CONTRACT.step_s * max(1, np.ceil(delay_s / CONTRACT.step_s - 1e-9))
    np.testing.assert_allclose(np.diff(asked_s), every_s, atol=1e-9)
    assert result.success and not holds and not result.reflexes
    waiting = result.desired_rad[: round(1000 * delay_s)]
    np.testing.assert_array_equal(waiting, np.tile(result.desired_rad[0], (len(waiting), 1)))
    assert len(result.desired_rad) == round(1000 * result.duration_s)


def test_without_a_delay_it_does_as_well_as_the_plain_loop_and_the_same_each_time(simulation):
    expert = make_expert("reach", CONTRACT)
    plain = rollout(simulation, expert, 5, shape=evaluation.shaping(simulation.profile, 0.1))
    first, again = (lock_step(simulation, expert, 5, "switch", 0.0)[0] for _ in range(2))
    np.testing.assert_array_equal(first.desired_rad, again.desired_rad)
    assert first.success and plain.success
    assert first.duration_s == pytest.approx(plain.duration_s, abs=0.25)
    assert first.path_length_m == pytest.approx(plain.path_length_m, rel=0.1)


def test_a_policy_that_fails_holds_the_arm_and_the_reason_is_kept(simulation):
    class Failing(Spied):
        def act(self, window):
            raise RuntimeError("the model is gone")

    result, holds = lock_step(simulation, Failing(simulation), 3, "switch", 0.0)
    assert not result.success and "the model is gone" in holds[0]
    assert result.duration_s == pytest.approx(simulation.task.time_limit_s)


def test_the_experts_cannot_inpaint(simulation):
    with pytest.raises(HandOverError, match="cannot"):
        lock_step(simulation, make_expert("reach", CONTRACT), 3, "inpaint", 0.0)


def test_jobs_are_done_in_order_each_when_it_is_due():
    now, done = [0.0], []
    thread = DelayedThread(lambda: now[0], 0.25)
    assert thread.due_s == float("inf")
    thread.submit(lambda: done.append("a"))
    now[0] = 0.1
    thread.submit(lambda: done.append("b"))
    assert thread.due_s == 0.25
    thread.work()
    assert done == ["a"] and thread.due_s == pytest.approx(0.35)


def figures(seed, success, reflexes=(), jerk=1.0):
    return {
        "seed": seed, "success": success, "duration_s": 2.0 + seed, "path_length_m": 0.5,
        "mean_squared_jerk_rad2_s6": jerk, "largest_jump_m": 0.01, "reflexes": list(reflexes), "holds": ["late"],
    }  # fmt: skip


def test_smoothness_is_that_of_episodes_without_a_reflex():
    job = evaluation.Job("m.onnx", "reach", handover="switch", delay_ms=50.0)
    report = evaluation.summarise(job, [figures(0, True), figures(1, False, ["collision"], jerk=1e9)])
    assert report["mean_squared_jerk_rad2_s6"] == 1.0 and report["mean_time_to_success_s"] == 2.0
    assert report["reflexes"] == 1 and report["holds"] == 2 and report["success_rate"] == 0.5
    assert report["handover"] == "switch" and report["delay_ms"] == 50.0


def test_a_job_names_its_hand_over_and_what_cannot_be_run_is_refused():
    job = evaluation.Job("expert", "reach")
    assert evaluation.checked(job).handover == "switch"
    assert evaluation.checked(replace(job, handover="ensemble")).handover == "ensemble"
    with pytest.raises(HandOverError, match="cannot"):
        evaluation.checked(replace(job, handover="inpaint"))
    for changed in ({"handover": "ensemble"}, {"delay_ms": 50.0}):
        with pytest.raises(HandOverError, match="--no-shaped"):
            evaluation.checked(replace(job, shaped=False, **changed))


def test_the_sentence_names_a_robot_that_is_chosen_and_the_one_of_the_model():
    model = str(ROOT / "models" / "reach.onnx")
    assert arm_command.robot_of(evaluation.Job(model, "reach")) == ""
    assert arm_command.robot_of(evaluation.Job(model, "reach", "fr3")) == " on robot fr3"
    other = arm_command.robot_of(evaluation.Job(model, "reach", "panda"))
    assert other == f" on robot panda, though {model} is for robot fr3"
