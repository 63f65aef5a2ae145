"""Made-up demonstrations of reaching, without a simulation, good ones and flawed ones; no tests here."""

from __future__ import annotations

from typing import Any

import numpy as np

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.pose import Pose, rotation6_from_matrix, tool_down
from midp_ros.expert.motion import SpeedLimits, ToolMotion

ROTATION6 = rotation6_from_matrix(np.diag([1.0, -1.0, -1.0]))


def demonstration(
    seed: int, pause_steps: int = 0, shake_m: float = 0.0, by_m: float = 0.0, name: str = "", **info: Any
) -> Episode:
    """One episode that moves the tool from a random start to a random goal, and stays there for half a second.

    Args:
        pause_steps: for which it stands still on the way.
        shake_m: standard deviation of noise on the commands.
        by_m: how far beside the way it passes.
    """
    contract, random = Contract.load("reach"), np.random.default_rng([seed, 77])
    start, goal = random.uniform([0.3, -0.2, 0.15], [0.7, 0.2, 0.45], (2, 3))
    motion = ToolMotion(SpeedLimits(0.25 * random.uniform(0.8, 1.2)), contract.step_s)
    motion.restart(Pose(start, tool_down(0.0)))
    place = 0.5 * (start + goal) + by_m * np.array([0.0, 0.0, 1.0])
    visited, pause, position, observations, actions, still = by_m == 0, pause_steps, start, [], [], 0
    while still < 5:
        there = np.linalg.norm(position - (goal if visited else place)) < 0.02
        visited, still = visited or bool(there), still + bool(there and visited)
        halt = len(actions) >= 4 and pause > 0
        pause -= halt
        aim = position if halt else goal if visited else place
        commanded = motion.advance(Pose(aim, tool_down(0.0))).position_m + random.normal(0.0, 0.001 + shake_m, 3)
        seen = {"tool_position": position, "goal_position": goal, "joint_position": np.zeros(7)}
        values = [seen.get(e.name, ROTATION6) for e in contract.observation]
        observations.append(np.concatenate(values))
        actions.append(np.concatenate([commanded, ROTATION6]))
        position = commanded
        motion.restart(Pose(position, tool_down(0.0)))
    time_s = contract.step_s * np.arange(len(actions))
    about = {"seed": seed, "success": True, **info}
    return Episode(
        contract, time_s, np.array(observations), np.array(actions), about, name or f"episode_{seed:06d}.mcap"
    )
