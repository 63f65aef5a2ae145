"""Features: the policy's view of observations and actions; imports core and torch.

A contract's entries with `relative_to` are offsets from the newest observed value of their anchor; entries with
`policy_input: false` are hidden.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract, Entry, entry_slices
from midp_ros.learning.frames.scene_frame import SceneFrame
from midp_ros.learning.frames.tool_frame import TOOL, ToolFrame


class Features(nn.Module):
    """Between raw units and the policy's relative view.

    With o_n the newest observation and A, B 0/1 matrices that pick each entry's anchor,

        seen = (o - o_n A)[visible],    relative action = a - o_n B,

    where all of it is in the frame of an object of the scene, if one is given; or the actions in the tool's frame, then
    without anchors.

    Args:
        scene_frame: the object's name, or `tool`.
    """

    def __init__(self, contract: Contract, scene_frame: str | None = None):
        super().__init__()
        self.scene_frame: SceneFrame | ToolFrame | None = None
        if scene_frame:
            self.scene_frame = ToolFrame(contract) if scene_frame == TOOL else SceneFrame(contract, scene_frame)
        self._visible_entries = [e for e in contract.observation if e.policy_input]
        visible = [
            i
            for e in self._visible_entries
            for i in range(contract.observation_size)[contract.observation_slices[e.name]]
        ]
        self.register_buffer("visible", torch.tensor(visible), persistent=False)
        observation_anchor = _anchors(contract, contract.observation, contract.observation_slices)
        action_anchor = _anchors(contract, contract.action, contract.action_slices)
        self.register_buffer("observation_anchor", observation_anchor[:, visible], persistent=False)
        if scene_frame == TOOL:
            action_anchor = torch.zeros_like(action_anchor)  # there actions are offsets from the tool already
        self.register_buffer("action_anchor", action_anchor, persistent=False)

    visible: Tensor
    observation_anchor: Tensor
    action_anchor: Tensor

    @property
    def observation_size(self) -> int:
        """Values of one observation that the policy sees."""
        return len(self.visible)

    @property
    def entries(self) -> dict[str, slice]:
        """Where each visible entry's values are in what the policy sees."""
        return entry_slices(self._visible_entries)

    def observe(self, observation: Tensor) -> Tensor:
        """Raw window (batch, observed, observation_size) -> what the policy sees (batch, observed, visible)."""
        observation = self._framed(observation)
        return observation[..., self.visible] - observation[:, -1:] @ self.observation_anchor

    def encode_action(self, observation: Tensor, action: Tensor) -> Tensor:
        """Absolute chunk (batch, predicted, action_size) -> relative to the window's newest observation."""
        if self.scene_frame is not None:
            action = self.scene_frame.enter(observation, action)
        return action - self._framed(observation)[:, -1:] @ self.action_anchor

    def decode_action(self, observation: Tensor, relative: Tensor) -> Tensor:
        """The inverse of `encode_action`."""
        action = relative + self._framed(observation)[:, -1:] @ self.action_anchor
        return action if self.scene_frame is None else self.scene_frame.leave(observation, action)

    def _framed(self, observation: Tensor) -> Tensor:
        return observation if self.scene_frame is None else self.scene_frame.see(observation)


def _anchors(contract: Contract, entries: tuple[Entry, ...], places: dict[str, slice]) -> Tensor:
    """0/1 matrix (observation_size, size of entries): newest observation times it gives every entry's anchor."""
    matrix = torch.zeros(contract.observation_size, sum(e.size for e in entries))
    for e in entries:
        if e.relative_to:
            matrix[contract.observation_slices[e.relative_to], places[e.name]] = torch.eye(e.size)
    return matrix
