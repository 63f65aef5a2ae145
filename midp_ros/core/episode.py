"""A recorded episode; imports numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array, EpisodePictures
from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError

# Of an arm that is led by hand, an action is the pose so many steps later. A hand slows down near the goal: with the
# very next pose a policy stops short of it (`reach`, 100 led episodes: 0.89 with 1 step, 0.96 with 3).
GUIDED_AHEAD_STEPS = 3
PART_OF = "part_of"  # in the info of a part: the name of the episode that it was cut from


@dataclass(frozen=True)
class Episode:
    """One demonstration or rollout at the contract's rate.

    Attributes:
        contract: what the columns mean.
        time_s: (steps,) observation times [s] on the source's clock.
        observation: (steps, observation_size).
        action: (steps, action_size): the action issued at that step, to be reached one step later.
        info: plain data: task, seed, success, source, ...
        name: of messages about it: its file, where it has one.
        images: (steps, height, width, 3) of each of the contract's images, by name.
    """

    contract: Contract
    time_s: Array
    observation: Array
    action: Array
    info: dict[str, Any] = field(default_factory=dict)
    name: str = field(default="the episode", compare=False)
    images: Mapping[str, EpisodePictures] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        steps = len(self.time_s)
        wanted = {"observation": (steps, self.contract.observation_size), "action": (steps, self.contract.action_size)}
        for name, shape in wanted.items():
            got = getattr(self, name).shape
            if got != shape:
                raise FileFormatError(f"episode's {name} has shape {got}, the contract asks for {shape}")
            if not np.isfinite(getattr(self, name)).all():
                raise FileFormatError(f"episode's {name} holds NaN or infinite values")
        for image in self.contract.images:
            if image.name not in self.images:
                raise FileFormatError(f"the episode has no pictures of {image.name!r}, which its contract observes")
            found, asked = self.images[image.name].shape, (steps, *image.shape)
            if found != asked:
                raise FileFormatError(f"pictures of {image.name!r} are {found}, the contract asks for {asked}")

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def failed(self) -> bool:
        """Whether the episode is marked as a failure; demonstrations without a mark are not."""
        return self.info.get("success") is False

    @property
    def success(self) -> bool:
        """Whether the task succeeded."""
        return bool(self.info.get("success", False))

    def column(self, name: str) -> Array:
        """One observation entry's values (steps, size)."""
        return self.observation[:, self.contract.observation_slices[name]]
