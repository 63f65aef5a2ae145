"""The text's training of the network, as it states it, and with what it lacks; imports core and torch.

The text: a perceptron 3-128-256-128-7 with ReLU, mean squared error, Adam with 1e-3, 10,000 epochs, 11.92 s.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from midp_ros.core.arrays import Array
from midp_ros.kinematics import ArmModel
from midp_ros.reproduce.franka_imitation.pairs import Pairs, errors_mm
from midp_ros.reproduce.study import Report

WIDTHS = (3, 128, 256, 128, 7)
TEXT_S, TEXT_EPOCHS, LEARNING_RATE = 11.92, 10_000, 1e-3
POINTS = 60  # of the curve


@dataclass(frozen=True)
class Recipe:
    """A way to train it, with whole sets as batches.

    Attributes:
        pairs, epochs: learned, and how often.
        normalised: positions and joints to mean 0 and deviation 1.
        decayed: the learning rate falls to 0, by half a cosine.
    """

    pairs: int
    epochs: int
    normalised: bool = False
    decayed: bool = False

    def learn(self, model: ArmModel, pairs: Pairs, unseen: Pairs, report: Report) -> dict[str, object]:
        """Trains with seed 0 and measures: mean and 99th percentile on unseen pairs [mm], duration [s], loss by time.

        The loss is the mean squared error of the joints [rad^2], whatever was normalised.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            layers = [nn.Sequential(nn.Linear(a, b), nn.ReLU()) for a, b in zip(WIDTHS[:-2], WIDTHS[1:-1], strict=True)]
            network = nn.Sequential(*layers, nn.Linear(*WIDTHS[-2:]))
        known = pairs.first(self.pairs)
        x, x_mean, x_deviation = self._scaled(known.position_m)
        y, y_mean, y_deviation = self._scaled(known.joint_rad)
        optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE)
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, self.epochs)
        every, curve, since_s = max(1, self.epochs // POINTS), list[tuple[float, float]](), time.monotonic()
        for epoch in range(self.epochs):
            missed = network(x) - y
            loss = missed.square().mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            if self.decayed:
                falling.step()
            if epoch % every == 0 or epoch == self.epochs - 1:
                in_rad = (missed.detach() * y_deviation).square().mean()
                curve.append((round(time.monotonic() - since_s, 2), float(f"{float(in_rad):.3g}")))
                report(epoch, self.epochs, "epochs")
        took_s = time.monotonic() - since_s
        with torch.no_grad():
            seen = (torch.tensor(unseen.position_m, dtype=torch.float32) - x_mean) / x_deviation
            joints = network(seen) * y_deviation + y_mean
        missed_mm = errors_mm(model, joints.numpy(), unseen.position_m)
        return {**figures(missed_mm), "seconds": round(took_s, 1), "curve": curve}

    def _scaled(self, values: Array) -> tuple[Tensor, Tensor, Tensor]:
        raw = torch.tensor(values, dtype=torch.float32)
        if not self.normalised:
            return raw, torch.zeros(raw.shape[1]), torch.ones(raw.shape[1])
        return (raw - raw.mean(0)) / raw.std(0), raw.mean(0), raw.std(0)


def figures(error_mm: Array) -> dict[str, float]:
    """Mean, 99th percentile and worst of errors [mm]."""
    found = {"mean_mm": np.mean(error_mm), "p99_mm": np.percentile(error_mm, 99), "worst_mm": np.max(error_mm)}
    return {name: round(float(value), 2) for name, value in found.items()}
