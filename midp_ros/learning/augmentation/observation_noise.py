"""Noise on what is observed, while the action stays: from a little beside a demonstrated way, back onto it.

Few demonstrations show few states, and a policy drifts into others. Here a window's observations are displaced, all
alike, and its chunk, absolute, is not: the policy learns to come back (Laskey et al. 2017, Ke et al. 2021).

Imports core and torch.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.frames.scene_frame import ROTATION


class ObservationNoise:
    """Draws displacements and applies them to raw windows.

    Args:
        contract: of the demonstrations.
        deviations: standard deviation by name of an observed entry [its unit].

    Raises:
        UnknownNameError, ConfigError: it observes no such entry, or a rotation, which cannot be displaced by a sum.
    """

    def __init__(self, contract: Contract, deviations: Mapping[str, float]):
        self._deviation = torch.zeros(contract.observation_size)
        entries = {entry.name: entry for entry in contract.observation}
        for name, deviation in deviations.items():
            if name not in entries:
                raise UnknownNameError("observed entry", name, sorted(entries))
            if (entries[name].size, entries[name].unit) == (ROTATION, "1"):
                raise ConfigError(f"observation_noise.{name}: a rotation plus noise is none; leave it out")
            self._deviation[contract.observation_slices[name]] = deviation

    def draw(self, windows: int, generator: torch.Generator) -> Tensor:
        """A displacement for each window (windows, observation_size) [each entry's unit]."""
        return torch.randn(windows, len(self._deviation), generator=generator) * self._deviation


def displaced(observation: Tensor, displacement: Tensor) -> Tensor:
    """Raw windows (batch, observed, observation_size) after their displacements, each of all its steps alike."""
    return observation + displacement[:, None]
