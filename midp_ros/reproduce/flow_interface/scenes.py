"""The scenes of `carry`, the recordings of the first one, and the success of a policy in each of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.protocols import Policy
from midp_ros.reproduce.study import Report
from midp_ros.reproduce.trials import FIRST_SEED, demonstrations, shaping, stand_in
from midp_ros.simulation import Rollout, rollout
from midp_ros.simulation.hand.hand_command import HandTiming
from midp_ros.simulation.tasks.carry import Carry, CarryPlay

TRAINING = "training scene"
SCENES = {
    TRAINING: {"size_m": 0.05, "table_m": 0.0},
    "smaller box": {"size_m": 0.035, "table_m": 0.0},
    "larger box": {"size_m": 0.06, "table_m": 0.0},
    "higher table": {"size_m": 0.05, "table_m": 0.1},
    "smaller box, higher table": {"size_m": 0.035, "table_m": 0.1},
}
DEMONSTRATIONS, PLAY = "demonstrations", "play"
RECORDED = {DEMONSTRATIONS: Carry, PLAY: CarryPlay}
SLOWEST_HAND_S = 0.8  # between a command and the hand's motion, as `midp record` has it


def record(kind: str, episodes: int, folder: Path, report: Report) -> list[Episode]:
    """Successful episodes of the training scene, as `midp record` makes them; those that are there are kept."""
    task, hand = RECORDED[kind](**SCENES[TRAINING]), HandTiming(SLOWEST_HAND_S)

    def begins(done: int, total: int, what: str) -> None:
        if done < total:
            report(done, total, f"{kind}: episodes")

    return demonstrations(task, episodes, folder / kind, begins, Contract.load("carry"), hand, SCENES[TRAINING])


def judge(policy: Policy, scene: str, episodes: int, report: Report) -> dict[str, Any]:
    """A policy in a scene: success by episode, reflexes, reasons of failures, the box' way in the first episode [m]."""
    simulation = stand_in(Carry(**SCENES[scene]))
    shape = shaping(simulation.profile, policy)
    found: list[Rollout] = []
    for k in range(episodes):
        report(k, episodes, f"{scene}: episodes")
        found.append(rollout(simulation, policy, FIRST_SEED + k, shape=shape, keep_observations=k == 0))
    reasons = Counter(r.failure.reason for r in found if r.failure)
    return {
        "success": [int(r.success) for r in found],
        "reflexes": sum(bool(r.reflexes) for r in found),
        "failures": dict(reasons.most_common()),
        "way": found[0].observations["object_position"].round(4).tolist(),
    }
