"""A training step's measurements and learning rate; imports the standard library only."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class StepMetrics:
    """Measurements of one training step.

    Attributes:
        step: training steps done.
        denoising_error: mean squared error of the predicted noise [1].
        bound: lower bound on the pair's mutual information [nat]; NaN without a regulariser.
        statistics_loss: what the network beside the policy descends: a regulariser's statistics network [nat],
            the diffusion model of `bc_sde` [1], or what `ebm` predicts beside its components [1]; NaN without one.
        weight: of the regulariser [1/nat], or of the term of `bc_sde` [1], at this step.
        history_information: upper bound on the information on past observations that the policy uses [nat]; NaN without
            a history bottleneck.
        learning_rate: of the policy.
        gradient_norm: of the policy, before clipping; NaN where a step has many gradients.
        feature_information: upper bound on the information on observations in the features [nat]; NaN without a feature
            bottleneck.
        leakage: what the features reveal of past actions, given the demonstrated ones [1]; NaN without its penalty.
        reward: of the policy's own control steps, in the mean; NaN where it makes none.
        success: share of its own last episodes; NaN where there are none.
    """

    step: int
    denoising_error: float
    bound: float
    statistics_loss: float
    weight: float
    history_information: float
    learning_rate: float
    gradient_norm: float
    feature_information: float = math.nan
    leakage: float = math.nan
    reward: float = math.nan
    success: float = math.nan


def learning_rate_factor(step: int, warmup_steps: int, steps: int) -> float:
    """Share of the peak learning rate: linear rise over the warm-up, then half a cosine down to 0."""
    if step < warmup_steps:
        return (step + 1) / (warmup_steps + 1)
    progress = (step - warmup_steps) / max(1, steps - warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * progress))
