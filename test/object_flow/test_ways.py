"""The rest of a way against closed forms and numpy's own interpolation."""

from __future__ import annotations

import numpy as np
import torch

from midp_ros.learning.windows import Windows
from midp_ros.object_flow.ways import flows, rest_of_way


def moving(*places: tuple[float, float, float]) -> torch.Tensor:
    """One keypoint, at one place after the other."""
    return torch.tensor(places, dtype=torch.float32)[:, None]


def test_a_straight_way_is_cut_into_equal_pieces_and_ends_in_nothing():
    flow = rest_of_way(moving((0, 0, 0), (1, 0, 0), (4, 0, 0)), steps=4)
    torch.testing.assert_close(flow[0, :, 0, 0], torch.tensor([1.0, 2.0, 3.0, 4.0]))
    torch.testing.assert_close(flow[1, :, 0, 0], torch.tensor([0.75, 1.5, 2.25, 3.0]))
    assert torch.equal(flow[2], torch.zeros(4, 1, 3)) and torch.equal(flow[..., 1:], torch.zeros(3, 4, 1, 2))


def test_waiting_does_not_show_in_a_flow():
    ways = [(0.0, 0.0, 0.0)] * 5 + [(0.1 * i, 0.0, 0.02 * i * i) for i in range(6)]
    flow = rest_of_way(moving(*ways), steps=3)
    torch.testing.assert_close(flow[0], flow[5], atol=1e-5, rtol=0)


def test_several_points_go_along_their_mean_length_as_numpy_interpolates():
    points = torch.from_numpy(np.random.default_rng(0).normal(size=(12, 3, 3)).cumsum(0)).float()
    flow = rest_of_way(points, steps=5)
    along = np.append(0.0, (points.diff(dim=0).norm(dim=-1).mean(-1)).double().cumsum(0).numpy())
    for time in range(12):
        wanted = along[time] + (along[-1] - along[time]) * np.arange(1, 6) / 5
        for point in range(3):
            for axis in range(3):
                expected = np.interp(wanted, along, points[:, point, axis]) - float(points[time, point, axis])
                np.testing.assert_allclose(flow[time, :, point, axis], expected, atol=1e-4)


def test_each_episode_has_its_own_end():
    steps = torch.arange(8.0)[:, None] * torch.tensor([0.0, 1.0, 0.0, 0.0])  # a column that is no keypoint comes first
    windows = Windows(
        steps, torch.tensor([0, 3, 4, 7]), torch.tensor([0, 0, 4, 4]), torch.tensor([3, 3, 7, 7]), torch.arange(1)
    )
    found = flows(windows, [slice(1, 4)], steps=1)
    torch.testing.assert_close(found[:, 0, 0], torch.tensor([3.0, 0.0, 3.0, 0.0]))
    assert torch.equal(flows(Windows.of(torch.ones(2, 1, 4)), [slice(1, 4)], 2), torch.zeros(2, 2, 3))
