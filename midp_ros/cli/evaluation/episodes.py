"""Episodes that `midp evaluate` runs in its processes, and their statistics.

Imports simulation, inference and expert.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.cli.evaluation.timed_policy import TimedPolicy
from midp_ros.cli.terminal.failures import counted
from midp_ros.cli.workers.place import HERE, Place
from midp_ros.cli.workers.sharing import share_out
from midp_ros.control import State
from midp_ros.core.errors import ContractMismatchError
from midp_ros.core.statistics import wilson_interval
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.engine import PHYSICS_RATE_HZ
from midp_ros.simulation.hand.hand_command import HandTiming

if TYPE_CHECKING:
    from midp_ros.cli.evaluation.simulated_runner import SimulatedArm
    from midp_ros.core.protocols import Policy
    from midp_ros.kinematics import RobotProfile
    from midp_ros.simulation import Rollout
    from midp_ros.simulation.rollout import Shape

EXPERT = "expert"
OBSERVATIONS = "observations"  # of an episode that may be drawn


@dataclass(frozen=True)
class Job:
    """Settings of an evaluation: a model's path or `expert`, the task, the robot ('': the contract's) and the hand.

    Attributes:
        shaped: runs the loop of the policy's node, with its hand-over and a delay of inference; else chunks are
            commanded as they are, without a delay.
        through: `libfranka` lets the arm be commanded through Franka's own library and control interface.
        mode: of libfranka then: position, velocity or torque.
        keep_observations: returns what was observed, too, to draw episodes.
        certified: returns margins to the arm's limits, the time for which the loop held it, and what a chunk took, too.
    """

    model: str
    task: str
    robot: str = ""
    gripper_start_s: float = HandTiming.start_s
    interface: str = "position"
    shaped: bool = True
    handover: str = "auto"
    delay_ms: float = 0.0
    through: str = ""
    mode: str = "position"
    keep_observations: bool = False
    certified: bool = False


def load_policy(job: Job) -> Policy:
    """The policy, checked against the task."""
    if job.model == EXPERT:
        from midp_ros.core.contract import Contract
        from midp_ros.expert import make_expert

        return make_expert(job.task, Contract.load(job.task))
    from midp_ros.inference.onnx_policy import OnnxPolicy

    policy = OnnxPolicy(job.model)
    if policy.contract.skill != job.task:
        raise ContractMismatchError(f"{job.model} has learned {policy.contract.skill!r}, not {job.task!r}")
    return policy


def checked(job: Job) -> Job:
    """The job with the hand-over that `auto` means for its policy; refuses what cannot be run."""
    from midp_ros.control.chunks.chunk_hand_over import HandOverError, chosen_handover, with_handover

    policy = load_policy(job)
    if job.through:
        from midp_ros.cli.evaluation.through_libfranka import require_possible

        require_possible(job.through, job.mode, job.shaped)
        if policy.contract.images:
            raise ContractMismatchError(f"{job.model} needs pictures, which --through {job.through} does not have")
    if not job.shaped and (job.handover not in ("auto", "switch") or job.delay_ms):
        raise HandOverError("--no-shaped knows no hand-over but 'switch', and no delay")
    with_handover(policy, job.handover, lambda: 0)
    return replace(job, handover=chosen_handover(policy, job.handover) if job.shaped else "switch")


def begin(job: Job, send: Any = None) -> Callable[[int], dict[str, Any]]:
    """Sets up one process, which sends its results alone; returns the function that runs the episode of a seed."""
    from midp_ros.simulation import Simulation
    from midp_ros.simulation.camera.camera import contract_cameras

    os.environ["OMP_NUM_THREADS"] = "1"
    policy = load_policy(job)
    hand = HandTiming(job.gripper_start_s)
    robot = job.robot or policy.contract.robot
    if job.through:
        from midp_ros.cli.evaluation.through_libfranka import AnsweredEpisodes, libfranka_simulation

        make = partial(libfranka_simulation, job.task, robot, hand, job.mode)
        return AnsweredEpisodes(partial(episode, job, policy), make)
    options = RobotOptions(reflexes=True, interface=job.interface)
    cameras = contract_cameras(policy.contract)
    return partial(episode, job, policy, Simulation(job.task, robot, options=options, hand=hand, cameras=cameras))


def shaping(profile: RobotProfile, lasts_s: float) -> Shape:
    """Keeps commands within a robot's limits as the policy's node does, up to when the next ones replace them [s]."""
    from midp_ros.control import CommandShaper, shaped_head

    return partial(shaped_head, shaper=CommandShaper(profile), lasts_s=lasts_s)


def episode(job: Job, policy: Policy, simulation: SimulatedArm, seed: int) -> dict[str, Any]:
    """Runs the episode of a seed; plain data, besides `observations` where they are kept."""
    from midp_ros.cli.evaluation.lock_step import lock_step
    from midp_ros.simulation import Simulation, rollout

    holds: list[str] = []
    states: list[State] = []
    timed: Policy = TimedPolicy(policy) if job.certified else policy
    if job.shaped:
        r, holds = lock_step(
            simulation, timed, seed, job.handover, job.delay_ms / 1000, job.keep_observations, states.append
        )
    else:
        assert isinstance(simulation, Simulation), f"{type(simulation)} takes no steps"  # see `checked`
        r = rollout(simulation, policy, seed, keep_observations=job.keep_observations)
    return {
        "seed": seed,
        "success": r.success,
        "failure": _failure(r, holds),
        "duration_s": round(r.duration_s, 3),
        "position_error_m": round(r.position_error_m, 5),
        "rotation_error_rad": round(r.rotation_error_rad, 5),
        "path_length_m": round(r.path_length_m, 4),
        "mean_squared_jerk_rad2_s6": round(r.mean_squared_jerk, 1),
        "largest_jump_m": round(r.largest_jump_m, 5),
        "reflexes": [f"{', '.join(sorted(v.errors))}: {v.reason}" for v in r.reflexes],
        **({"exceptions": list(texts)} if (texts := getattr(simulation, "exceptions", None)) is not None else {}),
        "holds": holds,
        **({"info": r.info} if r.info else {}),
        **(_certified(r, simulation, policy, states, timed) if isinstance(timed, TimedPolicy) else {}),
        **({OBSERVATIONS: r.observations} if job.keep_observations else {}),
    }


def _certified(
    r: Rollout, simulation: SimulatedArm, policy: Policy, states: Sequence[State], timed: TimedPolicy
) -> dict[str, Any]:
    """Margins, in plain data, held seconds and the duration of each inference [ms]."""
    from midp_ros.control.shaping.limit_margins import closest, limit_margins

    times_s = np.arange(len(r.desired_rad)) / PHYSICS_RATE_HZ
    nearest = closest(limit_margins(times_s, r.desired_rad, simulation.profile)).values()
    return {
        "margins": [{**asdict(margin), "unit": margin.unit} for margin in nearest],
        "held_s": round(policy.contract.step_s * sum(state is State.HOLDING for state in states), 3),
        "inference_ms": [round(t, 3) for t in timed.durations_ms],
    }


def _failure(r: Rollout, holds: Sequence[str]) -> dict[str, str] | None:
    if r.failure is None:
        return None
    held = f"; the policy's loop held the arm, at last: {holds[-1]}" if holds else ""
    return {"reason": r.failure.reason, "details": r.failure.details + held}


def run(job: Job, seeds: Sequence[int], processes: int, place: Place = HERE) -> Iterator[dict[str, Any]]:
    """Yields the seeds' episodes as they end, in so many processes side by side; 0: one per core.

    Raises:
        WorkerError: a process failed, or three were killed in the same episode.
    """
    yield from share_out(begin, job, seeds, processes, place)


def summarise(job: Job, episodes: list[dict[str, Any]]) -> dict[str, Any]:
    """Rates and means over the episodes, with what they were run with.

    Smoothness is that of the episodes without a reflex, whose stop is the robot's own.
    """
    successes = [e for e in episodes if e["success"]]
    undisturbed = [e for e in episodes if not e["reflexes"]]
    rate = len(successes) / len(episodes)
    run_with = {k: v for k, v in asdict(job).items() if k not in ("keep_observations", "certified")}
    return {
        **run_with,
        "success_rate": rate,
        "success_interval": wilson_interval(len(successes), len(episodes)),
        "mean_time_to_success_s": _mean(successes, "duration_s"),
        "mean_path_length_m": _mean(episodes, "path_length_m"),
        "mean_squared_jerk_rad2_s6": _mean(undisturbed, "mean_squared_jerk_rad2_s6"),
        "mean_largest_jump_m": _mean(undisturbed, "largest_jump_m"),
        "reflexes": sum(len(e["reflexes"]) for e in episodes),
        "holds": sum(len(e["holds"]) for e in episodes),
        "failures": counted(episodes),
        **_summed_up(episodes),
        "seeds": [episodes[0]["seed"], episodes[-1]["seed"]],
        "episodes": episodes,
    }


def _summed_up(episodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The tasks' facts, by fact: of words how often each occurs, of numbers mean and largest; nothing without any."""
    found: dict[str, list[str | float]] = {}
    for episode in episodes:
        for fact, value in episode.get("info", {}).items():
            found.setdefault(fact, []).append(value)
    return {"info": {fact: _fact(values) for fact, values in found.items()}} if found else {}


def _fact(values: list[Any]) -> dict[str, int] | dict[str, float]:
    if all(isinstance(value, (int, float)) for value in values):
        return {"mean": float(np.mean(values)), "largest": float(np.max(values))}
    return dict(sorted(Counter(map(str, values)).items()))


def _mean(episodes: list[dict[str, Any]], figure: str) -> float:
    return float(np.mean([e[figure] for e in episodes])) if episodes else float("nan")
