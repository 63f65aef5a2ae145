"""Error of the predicted actions against demonstrated ones, in millimetres and degrees; imports core and torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.pose import matrix_from_rotation6
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.learned_policy import LearnedPolicy

WINDOWS = 512  # of a dataset, evenly spaced
SHOWN_AS = {"m": ("mm", 1e3), "rad": ("deg", 180 / np.pi)}  # unit of the contract: unit and factor for people


@dataclass(frozen=True)
class ActionError:
    """Mean error of one action entry over the steps that the policy is taught.

    Attributes:
        name, unit: of the entry; lengths in mm, angles and rotations in deg.
        error: mean distance to the demonstrated action.
        motion: mean distance of the demonstrated action from the newest observation: the error of standing still; NaN
            where the observation does not have the entry.
    """

    name: str
    unit: str
    error: float
    motion: float


def action_errors(policy: LearnedPolicy, dataset: Dataset) -> list[ActionError]:
    """Errors of chunks sampled for windows of a dataset; the same policy and windows give the same errors."""
    contract = dataset.contract
    chosen = torch.linspace(0, len(dataset) - 1, min(WINDOWS, len(dataset))).round().long()
    observation, action = dataset.observed[chosen], dataset.predicted[chosen]
    answer, random = policy.answer(), torch.Generator().manual_seed(0)
    noise = torch.randn(action.shape, generator=random)
    # As the exported policy samples: without `fresh` a sampler that draws anew would be judged as another one.
    shape = len(chosen), answer.fresh_draws, *action.shape[1:]
    fresh = torch.randn(shape, generator=random) if answer.fresh_draws else None
    with torch.no_grad():
        sampled = answer(observation, noise, images=dataset.images(chosen), fresh=fresh)
    newest = observation[:, -1:].numpy().astype(float)
    predicted, shown = (chunk[:, policy.taught].numpy().astype(float) for chunk in (sampled, action))
    return [_error(contract, entry, predicted, shown, newest) for entry in contract.action]


def _error(contract: Contract, entry: Entry, predicted: Array, shown: Array, newest: Array) -> ActionError:
    place = contract.action_slices[entry.name]
    rotation = entry.size == 6 and entry.name.endswith("rotation")
    unit, factor = ("deg", 180 / np.pi) if rotation else SHOWN_AS.get(entry.unit, (entry.unit, 1.0))
    distance = _angle_rad if rotation else _length
    motion = np.nan
    if entry.name in contract.observation_slices:
        now = newest[..., contract.observation_slices[entry.name]]
        motion = factor * float(distance(np.broadcast_to(now, shown[..., place].shape), shown[..., place]).mean())
    error = factor * float(distance(predicted[..., place], shown[..., place]).mean())
    return ActionError(entry.name, unit, error, motion)


def _length(a: Array, b: Array) -> Array:
    return np.asarray(np.linalg.norm(a - b, axis=-1))


def _angle_rad(a: Array, b: Array) -> Array:
    """Angles between rotations (..., 6): the trace of R_a^T R_b is 1 + 2 cos(angle)."""
    trace = (matrix_from_rotation6(a) * matrix_from_rotation6(b)).sum(axis=(-2, -1))
    return np.asarray(np.arccos(((trace - 1) / 2).clip(-1.0, 1.0)))
