"""A way's rest as a flow: where keypoints of an object will be; imports torch only."""

from __future__ import annotations

import torch
from torch import Tensor

from midp_ros.learning.windows import Windows

LEAST_M = 1e-9  # of a step's length


def rest_of_way(points: Tensor, steps: int) -> Tensor:
    """The rest of an episode's way from each of its steps on, as displacements of the keypoints.

    The rest is cut into `steps` pieces of equal length, where a way's length is the mean of its points'. So a flow says
    where the object goes and not when: an object that waits for the hand has the flow that it has when it leaves.

    Args:
        points: keypoints of one episode (times, points, 3) [m].

    Returns:
        Displacements (times, steps, points, 3) [m] from the present keypoints; the last one leads to the way's end.
    """
    moved = (points[1:] - points[:-1]).norm(dim=-1).mean(-1)
    along = torch.cat([moved.new_zeros(1), moved.clamp_min(LEAST_M).double().cumsum(0)])  # (times,) [m]
    share = torch.arange(1, steps + 1, dtype=torch.float64, device=points.device) / steps
    wanted = along[:, None] + (along[-1] - along)[:, None] * share  # (times, steps) [m]
    after = torch.searchsorted(along, wanted.contiguous()).clamp(1, max(1, len(along) - 1))
    if len(points) == 1:
        return points.new_zeros(1, steps, *points.shape[1:])
    before = after - 1
    part = ((wanted - along[before]) / (along[after] - along[before])).clamp(0.0, 1.0)
    part = part.to(points.dtype)[..., None, None]
    return (1 - part) * points[before] + part * points[after] - points[:, None]


def flows(windows: Windows, places: list[slice], steps: int) -> Tensor:
    """The flow of every window (windows, steps, points * 3) [m] from its newest step on.

    Args:
        windows: of observations; each episode's steps are followed to its end.
        places: of the keypoints in an observation, 3 values each.
    """
    points = torch.stack([windows.steps[:, place] for place in places], dim=1)  # (all steps, points, 3)
    found = points.new_zeros(len(points), steps, points.shape[1] * 3)
    for first, last in torch.stack([windows.first, windows.last], dim=1).unique(dim=0).tolist():
        found[first : last + 1] = rest_of_way(points[first : last + 1], steps).flatten(2)
    return found[windows.newest]
