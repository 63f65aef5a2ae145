"""Demonstrations of `pick` whose scenes can be moved; no tests here."""

from __future__ import annotations

import numpy as np

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.pose import Pose, rotation_about_z, tool_down
from midp_ros.learning.config import SceneMotionsConfig

CONTRACT = Contract.load("pick")
RANGES = SceneMotionsConfig("object", (0.35, 0.65), (-0.15, 0.15), (-np.pi / 4, np.pi / 4))


def pick_episode(steps=30, seed=0):
    random = np.random.default_rng(seed)
    observation, action = np.zeros((steps, CONTRACT.observation_size)), np.zeros((steps, CONTRACT.action_size))

    def fill(array, places, name, poses):
        array[:, places[f"{name}_position"]] = [p.position_m for p in poses]
        array[:, places[f"{name}_rotation"]] = [p.rotation6 for p in poses]

    places = random.uniform([0.3, -0.2, 0.1], [0.6, 0.2, 0.4], (steps, 3))
    tools = [Pose(place, tool_down(random.uniform(-2, 2))) for place in places]
    cube = Pose(np.array([0.5, 0.1, 0.025]), rotation_about_z(0.3))
    fill(observation, CONTRACT.observation_slices, "tool", tools)
    fill(observation, CONTRACT.observation_slices, "object", [cube] * steps)
    fill(action, CONTRACT.action_slices, "tool", tools[1:] + tools[-1:])
    return Episode(CONTRACT, np.arange(steps) * CONTRACT.step_s, observation, action)
