"""Penalties beside the denoising error that limit what a policy takes from its past; imports core and torch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.diffusion import DenoisingStep, DiffusionPolicy
from midp_ros.learning.neighbours.leakage_penalty import leakage


class Penalties:
    """Of the features' information on the observation, and of what they reveal of past actions.

    Args:
        augmentation: of the training's windows.
    """

    def __init__(self, config: TrainConfig, policy: DiffusionPolicy, augmentation: Augmentation):
        self.features, self.leakage = config.feature_bottleneck, config.leakage_penalty
        self.policy, self.augmentation = policy, augmentation

    def draw(self, batch: int, generator: torch.Generator) -> Tensor:
        """Random numbers of a step; without a bottleneck none, so that all others stay what they were."""
        size = self.policy.denoiser.feature_size if self.policy.feature_bottleneck is not None else 0
        return torch.randn(batch, size, generator=generator)

    def term(
        self, step: DenoisingStep, windows: Dataset, chosen: Tensor, drawn: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The scalar to add to the denoising error, the features' information [nat] and the leakage; NaN without.

        Args:
            windows: the training's, of which the step took those `chosen`.
            drawn: the augmentation's random numbers for these.
        """
        term, unknown = step.error.new_zeros(()), step.error.new_full((), math.nan)
        information = unknown if step.feature_information is None else step.feature_information
        if step.feature_information is not None:
            term = term + self.features.weight * information
        revealed = unknown
        if self.leakage.weight > 0:
            past = self._past_actions(windows, chosen, drawn)
            ahead = step.demonstrated_action[:, windows.contract.first_executed :]
            revealed = leakage(step.observation_features, past, ahead, self.leakage.ridge)
            term = term + self.leakage.weight * revealed
        return term, information, revealed

    @torch.no_grad()
    def _past_actions(self, windows: Dataset, chosen: Tensor, drawn: Tensor) -> Tensor:
        """As the policy would predict them, every value in units of its spread in the batch."""
        observation, past = windows.observed[chosen], windows.past_actions(chosen, self.leakage.actions)
        scenes = self.augmentation.scenes(observation, drawn)
        past = self.policy.features.encode_action(scenes.observation(observation), scenes.action(past))
        spread = past.std(0)
        return past / torch.where(spread > 0, spread, 1.0)
