"""The moving average of the weights against `diffusers`."""

from __future__ import annotations

from types import ModuleType

import torch

from midp_ros.learning.ema import Ema


def test_average_is_that_of_diffusers(diffusers: ModuleType) -> None:
    torch.manual_seed(0)
    network = torch.nn.Linear(3, 2)
    ours = Ema(network, decay=0.95, power=0.75)
    theirs = diffusers.training_utils.EMAModel(
        network.parameters(), decay=0.95, use_ema_warmup=True, inv_gamma=1.0, power=0.75
    )
    for update in range(80):
        with torch.no_grad():
            for p in network.parameters():
                p.add_(torch.randn_like(p))
        ours.update(update)
        theirs.step(network.parameters())
    for a, b in zip(ours.model.parameters(), theirs.shadow_params, strict=True):
        torch.testing.assert_close(a, b)
