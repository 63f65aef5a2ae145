"""What a policy sees, paired with the motion that the demonstrator chose for it; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.episode import Episode
from midp_ros.core.pose import matrix_from_rotation6
from midp_ros.core.window import training_windows

TOOL_ROTATION, ROTATION_SIZE = "tool_rotation", 6


def pairs(episode: Episode, chunk_steps: int) -> tuple[Array, Array]:
    """An episode's observations (steps, n) and the chunks of motion (steps, m) that follow each.

    Only the newest observation counts. Older ones reveal the demonstrator's last action, which predicts the next one
    without being the reason for it (docs/mutual_information.md): a pause would look well predicted.

    Positions are offsets as the contract's `relative_to` has them, and rotations are seen from the tool. An action that
    commands an observed value is the change of that value: a command to stay where one is teaches nothing about where.
    """
    contract = episode.contract
    observation, action = training_windows(episode)
    first = contract.first_executed
    seen, chosen = observation[:, -1], action[:, first : first + chunk_steps]
    observed = [_observed(contract, e, seen) for e in contract.observation if e.policy_input]
    motion = [_motion(contract, e, seen, chosen) for e in contract.action]
    return np.hstack(observed), np.hstack([m.reshape(len(m), -1) for m in motion])


def _observed(contract: Contract, entry: Entry, seen: Array) -> Array:
    places = contract.observation_slices
    value = seen[:, places[entry.name]]
    if entry.relative_to:
        return value - seen[:, places[entry.relative_to]]
    if _is_rotation(entry) and entry.name != TOOL_ROTATION and TOOL_ROTATION in places:
        return _turn(seen[:, places[TOOL_ROTATION]], value[:, None])[:, 0]
    return value


def _motion(contract: Contract, entry: Entry, seen: Array, chosen: Array) -> Array:
    """Motion (steps, chunk, size) of one entry."""
    places = contract.observation_slices
    value = chosen[:, :, contract.action_slices[entry.name]]
    anchor = entry.relative_to or entry.name
    if anchor not in places or places[anchor].stop - places[anchor].start != entry.size:
        return value
    now = seen[:, places[anchor]]
    return _turn(now, value) if _is_rotation(entry) else value - now[:, None]


def _is_rotation(entry: Entry) -> bool:
    return entry.size == ROTATION_SIZE and entry.name.endswith("rotation")


def _turn(now: Array, then: Array) -> Array:
    """Axis times the sine of the angle (steps, chunk, 3) from rotations (steps, 6) to rotations (steps, chunk, 6)."""
    turn = np.einsum("sji,scjk->scik", matrix_from_rotation6(now), matrix_from_rotation6(then))
    return 0.5 * np.stack(
        [turn[..., 2, 1] - turn[..., 1, 2], turn[..., 0, 2] - turn[..., 2, 0], turn[..., 1, 0] - turn[..., 0, 1]], -1
    )
