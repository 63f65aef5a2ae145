"""Planar motions of a whole scene: turned about the vertical and moved on the table, it is the same task.

Tool, object and actions move together, so that a demonstration of one grasp becomes one of every grasp. The object's
new place and yaw are drawn from the ranges in which the task shows it: of a symmetric object, whose yaw perception
knows up to its symmetry, the yaw stays within the range of one of its equivalent orientations.

Imports core and torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.config import SceneMotionsConfig
from midp_ros.learning.frames.scene_frame import POSITION, anchor_slices, planar_entries

PLACE_AND_YAW = 3  # random numbers of a motion


@dataclass(frozen=True)
class PlanarMotion:
    """One motion for each window of a batch.

    Attributes:
        turn: (batch, 2, 2) rotations about the vertical.
        before_m, after_m: (batch, 2) the anchor's place, before and after.
    """

    turn: Tensor
    before_m: Tensor
    after_m: Tensor


def random_numbers(windows: int, generator: torch.Generator) -> Tensor:
    """Random numbers (windows, 3) from 0 to 1 for the motions of so many windows: two of the place, one of the yaw."""
    return torch.rand(windows, PLACE_AND_YAW, generator=generator, dtype=torch.float64)


class SceneMotions:
    """Draws motions and applies them to raw windows and chunks.

    Args:
        contract: of the demonstrations.
        config: which entries are the anchor, and the ranges of its place and yaw.

    Raises:
        ConfigError: the contract has no such anchor, or the policy sees or commands what cannot be moved with a scene.
    """

    def __init__(self, contract: Contract, config: SceneMotionsConfig):
        if contract.images:
            raise ConfigError("scene_motions: pictures do not move along with a scene; leave the section out")
        self._config = config
        self._anchor = anchor_slices(contract, config.anchor, "scene_motions.anchor")
        self._observation = planar_entries(contract.observation, contract.observation_slices, "scene_motions")
        self._action = planar_entries(contract.action, contract.action_slices, "scene_motions")

    def draw(self, observation: Tensor, uniform: Tensor) -> PlanarMotion:
        """A motion for each raw window (batch, observed, observation_size), by its random numbers."""
        newest, config = observation[:, -1].double(), self._config
        place, rotation = (newest[:, entry] for entry in self._anchor)
        yaw = torch.atan2(rotation[:, 1], rotation[:, 0])
        low, high = (uniform.new_tensor(limit) for limit in zip(config.x_m, config.y_m, strict=True))
        wanted = config.yaw_rad[0] + uniform[:, 2] * (config.yaw_rad[1] - config.yaw_rad[0])
        angle = wanted - yaw
        cos, sin = angle.cos(), angle.sin()
        turn = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
        return PlanarMotion(turn, place[:, :2], low + uniform[:, :2] * (high - low))

    def observation(self, motion: PlanarMotion, observation: Tensor) -> Tensor:
        """Raw windows after their motions."""
        return _apply(motion, observation, self._observation)

    def action(self, motion: PlanarMotion, action: Tensor) -> Tensor:
        """Raw chunks (batch, predicted, action_size) after their motions."""
        return _apply(motion, action, self._action)


def _apply(motion: PlanarMotion, values: Tensor, places: list[tuple[slice, int]]) -> Tensor:
    after = values.double().clone()
    turn = motion.turn[:, None]
    for place, size in places:
        part = after[..., place]
        if size == POSITION:
            offset = part[..., :2] - motion.before_m[:, None]
            part[..., :2] = (turn @ offset[..., None])[..., 0] + motion.after_m[:, None]
        else:
            for column in (slice(0, 2), slice(3, 5)):  # of the matrix' first two columns, the horizontal part
                part[..., column] = (turn @ part[..., column, None])[..., 0]
    return after.to(values.dtype)
