"""A training step on torch's `meta` device, which has shapes but no values, and refuses to be mixed with the CPU, as a
GPU does; no tests here."""

from __future__ import annotations

import torch

from midp_ros.learning.device import Compute
from midp_ros.learning.training import Training

META = torch.device("meta")


def step_on_meta(config, dataset, monkeypatch):
    """Trains a step and measures on held-out windows; every tensor of it is on the device."""
    adam = torch.optim.AdamW
    with monkeypatch.context() as patch:
        patch.setattr(torch.optim, "AdamW", lambda parameters, fused, **options: adam(parameters, **options))
        # Without values, how many samples a mask takes is open; then it is all of them.
        patch.setattr("torch.fx.experimental._config.meta_nonzero_assume_all_nonzero", True)
        training = Training(config, dataset, held_out=dataset, compute=Compute(META))
        loss, measured = training._loss(*training._draw())
        loss.backward()
        training.optimiser.step()
        training.objective.update(training.team, 1.0)
        training.ema.update(0)
        gradients = [p.grad for p in training.policy.parameters()]
        assert all(each is not None for each in gradients)
        errors, held_out = [], training.objective.held_out
        # The error itself has no value to return.
        patch.setattr(training.objective, "held_out", lambda batch: errors.append(held_out(batch)) or torch.zeros(()))
        training.held_out_error()
    assert errors and {each.device for each in [loss, measured, *gradients, *errors]} == {META}
