"""Demonstrations of a made-up task whose goal is seen in a picture alone; no tests here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from synthetic import CONTRACT, reach_episode, small_config

from midp_ros.core.contract import ImageEntry
from midp_ros.core.episode import Episode
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.encoders.encoder_config import EncoderConfig

SIDE = 24
IMAGES = (ImageEntry("left", (SIDE, SIDE, 3)), ImageEntry("right", (SIDE, SIDE, 3)))
PICTURED = replace(CONTRACT, observation=CONTRACT.observation[:2], images=IMAGES)
LOW_M, HIGH_M = 0.2, 0.6


def dot(place: np.ndarray) -> np.ndarray:
    """A bright square at a place in the plane."""
    picture = np.full((SIDE, SIDE, 3), 30, np.uint8)
    row, column = (2 + (place - LOW_M) / (HIGH_M - LOW_M) * (SIDE - 6)).round().astype(int)
    picture[row : row + 3, column : column + 3] = (250, 120, 60)
    return picture


def pictured_episode(seed: int, steps: int = 12) -> Episode:
    """As `reach_episode`; two cameras see the goal, from above and from the side."""
    whole = reach_episode(seed, steps)
    goal = whole.column("goal_position")
    images = {
        name: np.stack([dot(place[axes]) for place in goal]) for name, axes in (("left", [0, 1]), ("right", [2, 1]))
    }
    return Episode(PICTURED, whole.time_s, whole.observation[:, :5], whole.action, {"success": True}, images=images)


def pictured_config(encoder: EncoderConfig | None = None, **training: object) -> TrainConfig:
    """A run of a tiny network with an encoder to match."""
    small = EncoderConfig(channels=(8, 8), groups=4, keypoints=4)
    return replace(small_config(**{"steps": 5, **training}), encoder=encoder or small)
