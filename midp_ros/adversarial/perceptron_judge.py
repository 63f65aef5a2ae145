"""The discriminator of GAIL: a perceptron, with a gradient penalty or without; imports torch.

Ho & Ermon 2016, "Generative adversarial imitation learning"; Gulrajani et al. 2017, "Improved training of Wasserstein
GANs", equation 3.
"""

from __future__ import annotations

import torch
from torch import Tensor

from midp_ros.adversarial.config import JudgeConfig
from midp_ros.adversarial.judge import Discriminator, perceptron


class PerceptronJudge(Discriminator):
    """A Discriminator whose log odds are a perceptron's."""

    def __init__(self, size: int, config: JudgeConfig):
        super().__init__(size, config)
        self.network = perceptron((size, *config.hidden, 1))

    def judged(self, pairs: Tensor, generator: torch.Generator) -> Tensor:
        """See Judge: the log odds."""
        odds: Tensor = self.network(self.scaled(pairs)).squeeze(-1)
        return odds


class PenalisedJudge(PerceptronJudge):
    """The same, with a slope that is held to 1 between demonstrated and own pairs.

    Without it the log odds may rise as steeply as they like where both kinds are apart, and then tell the policy
    nothing about the way.
    """

    what = "discriminator's cross-entropy and gradient penalty"

    def loss(self, demonstrated: Tensor, own: Tensor, generator: torch.Generator) -> Tensor:
        """See Judge."""
        return super().loss(demonstrated, own, generator) + self.config.penalty * self.penalty(
            demonstrated, own, generator
        )

    def penalty(self, demonstrated: Tensor, own: Tensor, generator: torch.Generator) -> Tensor:
        """Mean of (|gradient of the log odds| - 1)^2 at random points between scaled pairs of both kinds."""
        share = torch.rand(len(own), 1, generator=generator).to(own.device)
        between = (share * self.scaled(demonstrated) + (1 - share) * self.scaled(own)).requires_grad_()
        (slope,) = torch.autograd.grad(self.network(between).sum(), between, create_graph=True)
        return (slope.norm(dim=-1) - 1).square().mean()
