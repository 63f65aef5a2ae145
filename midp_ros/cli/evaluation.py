"""What `midp evaluate` runs in its processes, and the statistics of it; imports simulation, inference and expert."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.core.errors import ContractMismatchError
from midp_ros.core.statistics import wilson_interval
from midp_ros.simulation.hand_command import HandTiming
from midp_ros.simulation.robot_options import RobotOptions

if TYPE_CHECKING:
    from midp_ros.core.protocols import Policy
    from midp_ros.kinematics import RobotProfile
    from midp_ros.simulation import Simulation
    from midp_ros.simulation.rollout import Shape

EXPERT = "expert"


@dataclass(frozen=True)
class Job:
    """What to evaluate: a model's path or `expert`, on a task, with a robot ('' takes the contract's) and a hand."""

    model: str
    task: str
    robot: str = ""
    gripper_start_s: float = HandTiming.start_s
    interface: str = "position"
    shaped: bool = True


def load_policy(job: Job) -> Policy:
    """The policy, checked against the task."""
    if job.model == EXPERT:
        from midp_ros.core.contract import Contract
        from midp_ros.core.share import share_path
        from midp_ros.expert import make_expert

        return make_expert(job.task, Contract.load(share_path("config", "contracts", f"{job.task}.yaml")))
    from midp_ros.inference.onnx_policy import OnnxPolicy

    policy = OnnxPolicy(job.model)
    if policy.contract.skill != job.task:
        raise ContractMismatchError(f"{job.model} has learned {policy.contract.skill!r}, not {job.task!r}")
    return policy


_policy: Policy
_simulation: Simulation
_shape: Shape | None


def begin(job: Job) -> None:
    """Sets up one process."""
    global _policy, _simulation, _shape
    from midp_ros.simulation import Simulation

    os.environ["OMP_NUM_THREADS"] = "1"
    _policy = load_policy(job)
    hand = HandTiming(job.gripper_start_s)
    options = RobotOptions(reflexes=True, interface=job.interface)
    _simulation = Simulation(job.task, job.robot or _policy.contract.robot, options=options, hand=hand)
    _shape = shaping(_simulation.profile) if job.shaped else None


def shaping(profile: RobotProfile) -> Shape:
    """Keeps commands within a robot's limits as the policy's node does."""
    from midp_ros.control import CommandShaper, shaped_trajectory

    return partial(shaped_trajectory, shaper=CommandShaper(profile))


def episode(seed: int) -> dict[str, Any]:
    """Runs the episode of a seed; plain data."""
    from midp_ros.simulation import rollout

    r = rollout(_simulation, _policy, seed, shape=_shape)
    return {
        "seed": seed,
        "success": r.success,
        "duration_s": round(r.duration_s, 3),
        "position_error_m": round(r.position_error_m, 5),
        "rotation_error_rad": round(r.rotation_error_rad, 5),
        "path_length_m": round(r.path_length_m, 4),
        "mean_squared_jerk_rad2_s6": round(r.mean_squared_jerk, 1),
        "reflexes": [f"{', '.join(sorted(v.errors))}: {v.reason}" for v in r.reflexes],
    }


def summarise(job: Job, episodes: list[dict[str, Any]]) -> dict[str, Any]:
    """Rates and means over the episodes, with what they were run with."""
    successes = [e for e in episodes if e["success"]]
    rate = len(successes) / len(episodes)
    return {
        **asdict(job),
        "success_rate": rate,
        "success_interval": wilson_interval(len(successes), len(episodes)),
        "mean_time_to_success_s": float(np.mean([e["duration_s"] for e in successes])) if successes else float("nan"),
        "mean_path_length_m": float(np.mean([e["path_length_m"] for e in episodes])),
        "mean_squared_jerk_rad2_s6": float(np.mean([e["mean_squared_jerk_rad2_s6"] for e in episodes])),
        "reflexes": sum(len(e["reflexes"]) for e in episodes),
        "seeds": [episodes[0]["seed"], episodes[-1]["seed"]],
        "episodes": episodes,
    }
