"""What tells demonstrated steps from the policy's own, and how they are rewarded for it; imports core and torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from midp_ros.adversarial.config import JudgeConfig

LEAST_SPREAD = 0.01  # of what hardly varies, where the demonstrations' range is 2


class Judge(nn.Module, ABC):
    """Of pairs (batch, size): what was seen, and the change that was chosen, one after the other.

    Attributes:
        what: its loss's name, for people.
    """

    what: str

    def __init__(self, size: int, config: JudgeConfig):
        super().__init__()
        self.config = config
        self.register_buffer("middle", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))

    middle: Tensor
    spread: Tensor

    def fit(self, demonstrated: Tensor) -> None:
        """Takes the scale in which it sees pairs from demonstrated ones (n, size): mean 0, standard deviation 1."""
        self.middle.copy_(demonstrated.mean(dim=0))
        self.spread.copy_(demonstrated.std(dim=0).clamp_min(LEAST_SPREAD))

    def scaled(self, pairs: Tensor) -> Tensor:
        """Pairs in that scale."""
        return (pairs - self.middle) / self.spread

    @abstractmethod
    def loss(self, demonstrated: Tensor, own: Tensor, generator: torch.Generator) -> Tensor:
        """What it descends, a scalar, on as many demonstrated pairs as own ones."""

    @abstractmethod
    def judged(self, pairs: Tensor, generator: torch.Generator) -> Tensor:
        """How much pairs look demonstrated (batch,), in its own scale: the higher the more."""

    def reward(self, pairs: Tensor, generator: torch.Generator) -> Tensor:
        """What the policy gets for pairs (batch,), within the configured bound."""
        bound = self.config.bound
        return self.judged(pairs, generator).clamp(-bound, bound)


class Discriminator(Judge):
    """A Judge whose scale is the log odds of D(s, a), the probability that a pair is demonstrated.

    Descending the binary cross-entropy -E log D (demonstrated) - E log(1 - D) (own) leads to D = p / (p + q) with the
    densities p of demonstrated and q of own pairs, so that the log odds are log p - log q (Goodfellow et al. 2014).
    """

    what = "discriminator's cross-entropy"

    def loss(self, demonstrated: Tensor, own: Tensor, generator: torch.Generator) -> Tensor:
        """See Judge: the mean of both cross-entropies [nat]; log 2 where it cannot tell."""
        odds = self.judged(torch.cat([demonstrated, own]), generator)
        label = torch.cat([odds.new_ones(len(demonstrated)), odds.new_zeros(len(own))])
        return nn.functional.binary_cross_entropy_with_logits(odds, label)

    def reward(self, pairs: Tensor, generator: torch.Generator) -> Tensor:
        """See Judge; the log odds, or what Ho & Ermon 2016 and Goodfellow et al. 2014 make of them."""
        odds, bound = self.judged(pairs, generator), self.config.bound
        rewards = {
            "log_odds": odds,
            "positive": nn.functional.softplus(odds),  # -log(1 - D)
            "negative": -nn.functional.softplus(-odds),  # log D
        }
        return rewards[self.config.reward].clamp(-bound, bound)


def perceptron(sizes: Sequence[int]) -> nn.Sequential:
    """Layers of these widths, with a smooth activation between them: its gradient is penalised, or it is noise."""
    layers: list[nn.Module] = []
    for a, b in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(a, b), nn.SiLU()]
    return nn.Sequential(*layers[:-1])
