"""The scene's own frame: everything as an object sees it, wherever it lies on the table; imports core and torch.

A policy that sees and commands in this frame does the same wherever the whole scene is moved to on the table, and
however it is turned about the vertical: it is equivariant to these motions by construction, and one demonstration of a
grasp is one of every grasp.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract, Entry
from midp_ros.core.plain_data import ConfigError

ROTATION, POSITION, PLAIN = 6, 3, 1  # sizes of entries
LEAST = 1e-6  # of the horizontal part of the anchor's x axis


def anchor_slices(contract: Contract, anchor: str, key: str) -> tuple[slice, slice]:
    """Where the anchor's position and rotation are observed; raises ConfigError, with the configuration's key."""
    observed = {entry.name: entry for entry in contract.observation}
    names = f"{anchor}_position", f"{anchor}_rotation"
    sizes = [observed[name].size if name in observed else 0 for name in names]
    if sizes != [POSITION, ROTATION]:
        raise ConfigError(
            f"{key}={anchor!r} is not to be found: {contract.skill!r} observes no {names[0]} of size {POSITION} with "
            f"{names[1]} of size {ROTATION}; it observes {', '.join(_posed(contract)) or 'no pose'}"
        )
    position, rotation = (contract.observation_slices[name] for name in names)
    return position, rotation


def _posed(contract: Contract) -> list[str]:
    """What is observed with position and rotation, e.g. object, tool."""
    names = {entry.name for entry in contract.observation}
    return sorted(n.removesuffix("_position") for n in names if n.replace("_position", "_rotation") in names - {n})


def planar_entries(entries: tuple[Entry, ...], places: dict[str, slice], key: str) -> list[tuple[slice, int]]:
    """Where the positions and rotations are that move with a scene, with their sizes; raises ConfigError."""
    moved = []
    for entry in entries:
        if not entry.policy_input or entry.size == PLAIN:
            continue
        if entry.frame != "base" or (entry.size, entry.unit) not in ((POSITION, "m"), (ROTATION, "1")):
            raise ConfigError(
                f"{key}: only positions and rotations in the base frame move with a scene, not {entry.name!r}; "
                f"hide it from the policy (policy_input: false), or leave {key} out"
            )
        moved.append((places[entry.name], entry.size))
    return moved


class SceneFrame(nn.Module):
    """Between the base frame and that of an observed object: its place on the table and its yaw, as newest observed.

    Args:
        contract: of the demonstrations.
        anchor: the object whose `anchor_position` and `anchor_rotation` are observed.

    Raises:
        ConfigError: the contract has no such anchor, or the policy sees or commands what cannot move with a scene.
    """

    def __init__(self, contract: Contract, anchor: str):
        super().__init__()
        self._position, self._rotation = anchor_slices(contract, anchor, "scene_frame")
        seen, commanded = (
            planar_entries(entries, places, "scene_frame")
            for entries, places in (
                (contract.observation, contract.observation_slices),
                (contract.action, contract.action_slices),
            )
        )
        self.observation, self.action = _Pairs(seen, contract.observation_size), _Pairs(commanded, contract.action_size)

    def see(self, observation: Tensor) -> Tensor:
        """Raw windows (batch, observed, observation_size) in the object's frame."""
        return self.observation(observation, *self._frame(observation), inwards=True)

    def enter(self, observation: Tensor, action: Tensor) -> Tensor:
        """Raw chunks (batch, predicted, action_size) in the object's frame."""
        return self.action(action, *self._frame(observation), inwards=True)

    def leave(self, observation: Tensor, action: Tensor) -> Tensor:
        """The inverse of `enter`."""
        return self.action(action, *self._frame(observation), inwards=False)

    def _frame(self, observation: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """x and y of the object, cosine and sine of its yaw, each (batch, 1, 1)."""
        newest = observation[:, -1:]
        place, axis = newest[..., self._position], newest[..., self._rotation]
        x, y, along_x, along_y = place[..., 0:1], place[..., 1:2], axis[..., 0:1], axis[..., 1:2]
        length = (along_x.square() + along_y.square()).sqrt().clamp_min(LEAST)
        return x, y, along_x / length, along_y / length


class _Pairs(nn.Module):
    """Turns and moves horizontal parts of vectors (batch, steps, size); as matrix products, for the export."""

    def __init__(self, entries: list[tuple[slice, int]], size: int):
        super().__init__()
        pairs = []  # index of x, which y follows, and whether it is a place and not only a direction
        for place, entry_size in entries:
            start = place.start
            pairs += [(start, 1.0)] if entry_size == POSITION else [(start, 0.0), (start + 3, 0.0)]
        x, y = torch.zeros(len(pairs), size), torch.zeros(len(pairs), size)
        for number, (of_x, _) in enumerate(pairs):
            x[number, of_x] = y[number, of_x + 1] = 1.0
        self.register_buffer("x", x, persistent=False)
        self.register_buffer("y", y, persistent=False)
        self.register_buffer("place", torch.tensor([is_place for _, is_place in pairs]), persistent=False)
        self.register_buffer("kept", 1.0 - x.sum(0) - y.sum(0), persistent=False)

    x: Tensor
    y: Tensor
    place: Tensor
    kept: Tensor

    def forward(self, values: Tensor, x: Tensor, y: Tensor, cos: Tensor, sin: Tensor, inwards: bool) -> Tensor:
        along_x, along_y = values @ self.x.T, values @ self.y.T
        if inwards:
            along_x, along_y = along_x - self.place * x, along_y - self.place * y
            turned_x, turned_y = cos * along_x + sin * along_y, cos * along_y - sin * along_x
        else:
            turned_x = cos * along_x - sin * along_y + self.place * x
            turned_y = sin * along_x + cos * along_y + self.place * y
        return values * self.kept + turned_x @ self.x + turned_y @ self.y
