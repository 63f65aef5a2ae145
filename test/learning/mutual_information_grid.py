"""Prints docs/mutual_information.md's table of estimators with trained critics: run this file with python; 15 minutes.

No tests here: what the suite checks of this is test_trained_estimators.py.
"""

from __future__ import annotations

import math

import torch
from known_information import Channel, binary, cubed, gaussian, uniform_noise
from trained_critic import FRESH, Effort, fitted_log_densities, trained_bound

from midp_ros.learning.mutual_information import ESTIMATORS, barber_agakov, club, infonce

EFFORT = Effort(steps=2000, hidden=64, k=31, learning_rate=2e-3)
OTHERS = {
    "x uniform, y = x + uniform noise 0.25 wide": uniform_noise(0.25),
    "cubed Gaussians, 1": cubed(gaussian(1, 1.0)),
    "binary, 10 % flipped": binary(0.1),
}


def best_infonce(channel: Channel) -> float:
    """InfoNCE's value with the exact log ratio as critic and as many negatives as the table's."""
    x, y = channel.sample(4000, torch.Generator().manual_seed(2))
    marginal = torch.stack([channel.log_ratio(x, y.roll(step, 0)) for step in range(1, FRESH[2] + 1)], 1)
    return float(infonce(channel.log_ratio(x, y), marginal))


def row(title: str, channel: Channel) -> list[str]:
    values = [channel.information_nat, *(trained_bound(name, channel, EFFORT) for name in ESTIMATORS)]
    return [title, *(f"{v:.2f}" for v in values), f"{best_infonce(channel):.2f}"]


def likelihood_columns(size: int, information_nat: float) -> list[str]:
    channel = gaussian(size, information_nat)
    joint, marginal = fitted_log_densities(channel, EFFORT)
    lower = float(barber_agakov(joint, size / 2 * math.log(2 * math.pi * math.e)))
    best_club = size * math.expm1(2 * information_nat / size)
    return [f"{lower:.2f}", f"{float(club(joint, marginal)):.4g}", f"{best_club:.4g}"]


def main() -> None:
    torch.set_num_threads(1)
    print("| channel | I |", " | ".join(ESTIMATORS), "| InfoNCE at best | Barber-Agakov | CLUB | CLUB at best |")
    print("|---|" + "---|" * (5 + len(ESTIMATORS)))
    for size in (1, 5, 20):
        for information_nat in (0.5, 1.0, 2.0, 5.0):
            cells = row(f"Gaussians, {size}", gaussian(size, information_nat))
            print("|", " | ".join(cells + likelihood_columns(size, information_nat)), "|", flush=True)
    for title, channel in OTHERS.items():
        print("|", " | ".join([*row(title, channel), "", "", ""]), "|", flush=True)


if __name__ == "__main__":
    main()
