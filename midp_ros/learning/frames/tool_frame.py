"""The tool's own frame, as newest observed: commands as a camera on the hand shows them; imports core and torch.

Where only a camera on the hand shows the goal, it is seen from the tool. A command in the base frame is then a product
of what is seen and of the tool's pose, which the network would have to learn. In the tool's frame it is what is seen
(relative trajectories of Chi et al. 2024, Universal Manipulation Interface).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.learning.frames.scene_frame import POSITION, anchor_slices, planar_entries

TOOL = "tool"


class ToolFrame(nn.Module):
    """Between the base frame and the tool's; observations stay as they are.

    Args:
        contract: of the demonstrations.

    Raises:
        ConfigError: the tool's pose is not observed, or the policy commands what has no frame.
    """

    def __init__(self, contract: Contract):
        super().__init__()
        self._position, self._rotation = anchor_slices(contract, TOOL, "scene_frame")
        self._moved = planar_entries(contract.action, contract.action_slices, "scene_frame")

    def see(self, observation: Tensor) -> Tensor:
        """Raw windows (batch, observed, observation_size), unchanged."""
        return observation

    def enter(self, observation: Tensor, action: Tensor) -> Tensor:
        """Raw chunks (batch, predicted, action_size) in the tool's frame."""
        rotation, position = self._pose(observation)
        return self._with(action, lambda place: (place - position) @ rotation, lambda axis: axis @ rotation)

    def leave(self, observation: Tensor, action: Tensor) -> Tensor:
        """The inverse of `enter`."""
        rotation, position = self._pose(observation)
        back = rotation.transpose(1, 2)
        return self._with(action, lambda place: place @ back + position, lambda axis: axis @ back)

    def _with(
        self, action: Tensor, of_place: Callable[[Tensor], Tensor], of_axis: Callable[[Tensor], Tensor]
    ) -> Tensor:
        parts, end = [], 0
        for where, size in self._moved:
            values = action[..., where]
            turned = [of_place(values)] if size == POSITION else [of_axis(values[..., :3]), of_axis(values[..., 3:])]
            parts += [action[..., end : where.start], *turned]
            end = where.stop
        return torch.cat([*parts, action[..., end:]], -1)

    def _pose(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        """Rotation (batch, 3, 3) and position (batch, 1, 3)."""
        newest = observation[:, -1:]
        x, y = newest[..., self._rotation].split(3, -1)
        z = torch.linalg.cross(x, y)
        return torch.cat([x, y, z], 1).transpose(1, 2), newest[..., self._position]
