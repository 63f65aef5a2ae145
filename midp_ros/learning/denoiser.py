"""Denoisers: the networks that a diffusion policy can have, by the name in its configuration.

Imports core and torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from midp_ros.core.seams import DENOISERS
from midp_ros.learning.config import ModelConfig


@dataclass(frozen=True)
class DenoiserShape:
    """Sizes of what a denoiser gets and gives.

    Attributes:
        predicted, action_size: a chunk is (batch, predicted, action_size), normalised.
        observed, observation_size: a window is (batch, observed, observation_size), normalised, without hidden entries.
    """

    predicted: int
    action_size: int
    observed: int
    observation_size: int


class Denoiser(Protocol):
    """A torch.nn.Module that predicts what the noise schedule asks for: the velocity, or with `flow` the flow.

    It is built by `factory(shape, config)`, a class or a function, which reads its own options from `config.options`.
    A module whose operations depend on shapes alone is exported to ONNX by torch's exporter.

    It may have `unread`, names of keys as "model.kernel" that it does not read: `midp train` warns of such a change.

    Attributes:
        feature_size: values in the features of an observation, which a regulariser may relate.
    """

    feature_size: int

    def observation_features(self, observation: Tensor) -> Tensor:
        """Features (batch, feature_size) of windows (batch, observed, observation_size); once for all steps."""

    def __call__(self, x: Tensor, step: Tensor, features: Tensor) -> Tensor:
        """Output for noisy chunks (batch, predicted, action_size) at noise steps (batch,), whole numbers from 0."""


def build_denoiser(shape: DenoiserShape, config: ModelConfig) -> Any:
    """A new network of the configured name.

    Raises:
        UnknownNameError: lists the known names.
        EntryPointError: another package's network fails to import, to be built or to keep to the protocol.
    """
    if config.name == ModelConfig.name:
        return DENOISERS.load(config.name)(shape, config)

    def tried(factory: Any) -> Any:
        network = factory(shape, config)
        _try_out(network, shape)
        return network

    return DENOISERS.made("model.name", config.name, tried)


@torch.no_grad()
def _try_out(network: Any, shape: DenoiserShape) -> None:
    chunk, step = torch.zeros(2, shape.predicted, shape.action_size), torch.zeros(2, dtype=torch.long)
    with torch.random.fork_rng(devices=[]):
        features = network.observation_features(torch.zeros(2, shape.observed, shape.observation_size))
        output = network(chunk, step, features)
    for what, got, wanted in (
        ("observation_features", features.shape, (2, network.feature_size)),
        ("forward", output.shape, chunk.shape),
    ):
        if tuple(got) != tuple(wanted):
            raise ValueError(f"{what} gives {tuple(got)} for a batch of 2, need {tuple(wanted)}")
