"""The statistics network's pairs."""

from __future__ import annotations

import torch

from midp_ros.learning.mutual_information import negatives
from midp_ros.learning.statistics_network import StatisticsNetwork


def test_each_x_is_paired_with_other_samples_y() -> None:
    torch.manual_seed(0)
    network = StatisticsNetwork(2, 3, 4, 8)
    x, y, context = torch.randn(5, 2), torch.randn(5, 3), torch.randn(5, 4)
    joint, marginal = network(x, y, context, 3)
    others = torch.stack([network(x, y_j, context)[0] for y_j in negatives(y, 3).unbind(1)], dim=1)
    torch.testing.assert_close(others, marginal)
    assert not torch.allclose(joint, marginal[:, 0])
