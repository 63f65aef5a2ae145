"""What is drawn anew for each training window: where its scene lies, and what of it is observed.

Imports core and torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.learning.augmentation.observation_noise import ObservationNoise, displaced
from midp_ros.learning.augmentation.scene_motions import PLACE_AND_YAW, PlanarMotion, SceneMotions, random_numbers
from midp_ros.learning.config import TrainConfig, motions_of


class Augmentation:
    """Moves whole scenes and displaces observations, each where the configuration says so.

    Args:
        contract: of the demonstrations.

    Raises:
        ConfigError, UnknownNameError: the contract has not what is to be moved or displaced, or its scenes do not move.
    """

    def __init__(self, contract: Contract, config: TrainConfig):
        motions = config.scene_motions and motions_of(contract, config.scene_motions)
        self._motions = SceneMotions(contract, motions) if motions else None
        self._noise = ObservationNoise(contract, config.observation_noise) if config.observation_noise else None

    @property
    def draws(self) -> bool:
        """Whether windows differ from draw to draw."""
        return self._motions is not None or self._noise is not None

    def draw(self, windows: int, generator: torch.Generator) -> Tensor:
        """Random numbers for so many windows (windows, columns); without an augmentation none, of no columns."""
        drawn = [torch.empty(windows, 0, dtype=torch.float64)]
        if self._motions is not None:
            drawn.append(random_numbers(windows, generator))
        if self._noise is not None:
            drawn.append(self._noise.draw(windows, generator).double())
        return torch.cat(drawn, dim=1)

    def scenes(self, observation: Tensor, drawn: Tensor) -> Scenes:
        """What is done to windows, by the raw ones (batch, observed, observation_size) and their random numbers."""
        motion, displacement = None, None
        if self._motions is not None:
            motion, drawn = self._motions.draw(observation, drawn[:, :PLACE_AND_YAW]), drawn[:, PLACE_AND_YAW:]
        if self._noise is not None:
            displacement = drawn.to(observation.dtype)
        return Scenes(self._motions, motion, displacement)


@dataclass(frozen=True)
class Scenes:
    """A batch of windows that are moved and displaced."""

    _motions: SceneMotions | None
    _motion: PlanarMotion | None
    _displacement: Tensor | None

    def observation(self, observation: Tensor) -> Tensor:
        """Raw windows (batch, observed, observation_size), afterwards."""
        if self._motions is not None and self._motion is not None:
            observation = self._motions.observation(self._motion, observation)
        return observation if self._displacement is None else displaced(observation, self._displacement)

    def action(self, action: Tensor) -> Tensor:
        """Raw chunks (batch, steps, action_size), afterwards."""
        if self._motions is None or self._motion is None:
            return action
        return self._motions.action(self._motion, action)
