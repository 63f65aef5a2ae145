"""Judges that are diffusion models of pairs, of both kinds by a label or of the demonstrated ones; imports torch.

The denoising loss of a pair x = (s, a) is L(x, c) = E |eps - eps_c(x_t, t)|^2 / size, over noise steps t and noises
eps.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from midp_ros.adversarial.config import JudgeConfig
from midp_ros.adversarial.judge import Discriminator, Judge, perceptron
from midp_ros.learning.networks.step_embedding import sinusoids
from midp_ros.learning.schedules.cosine_schedule import CosineSchedule

EMBEDDING = 32  # of the noise step
LABEL = 10  # values of a label, all 1 or all 0


class PairDenoiser(nn.Module):
    """A perceptron that predicts the noise in pairs, given the noise step and a label."""

    def __init__(self, size: int, config: JudgeConfig):
        super().__init__()
        self.schedule = CosineSchedule(config.steps)
        self.network = perceptron((size + EMBEDDING + LABEL, *config.hidden, size))

    def loss(self, pairs: Tensor, label: float, step: Tensor, noise: Tensor) -> Tensor:
        """The denoising loss (batch,) of pairs (batch, size) at noise steps (batch,) and noises (batch, size)."""
        signal, level = (each[step, None] for each in (self.schedule.signal, self.schedule.noise))
        noisy = signal * pairs + level * noise
        labels = pairs.new_full((len(pairs), LABEL), label)
        predicted = self.network(torch.cat([noisy, sinusoids(step, EMBEDDING), labels], dim=1))
        return (predicted - noise).square().mean(dim=1)

    def drawn(self, pairs: Tensor, draws: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Pairs (draws x batch, size), each as often, with noise steps that are spread evenly over a pair's draws, and
        noises."""
        count, steps = len(pairs), self.schedule.steps
        part = (torch.arange(draws)[:, None] + torch.rand(draws, count, generator=generator)) / draws
        step = (part * steps).long().clamp(max=steps - 1).flatten()
        noise = torch.randn(draws * count, pairs.shape[1], generator=generator)
        return pairs.repeat(draws, 1), step.to(pairs.device), noise.to(pairs.device)


class LabelledDiffusion(Discriminator):
    """The discriminator of DRAIL: D = sigmoid(L(x, own) - L(x, demonstrated)), with one denoiser for both labels.

    Lai et al. 2024, "Diffusion-reward adversarial imitation learning", equations 5 to 7: D is trained by the
    cross-entropy alone, which is what makes the two losses a ratio; its log odds are the difference of the losses.
    """

    what = "diffusion discriminator's cross-entropy"

    def __init__(self, size: int, config: JudgeConfig):
        super().__init__(size, config)
        self.denoiser = PairDenoiser(size, config)

    def judged(self, pairs: Tensor, generator: torch.Generator) -> Tensor:
        """See Judge: the log odds, of the same noises for both labels."""
        draws = self.config.draws
        drawn = self.denoiser.drawn(self.scaled(pairs), draws, generator)
        difference = self.denoiser.loss(drawn[0], 0.0, *drawn[1:]) - self.denoiser.loss(drawn[0], 1.0, *drawn[1:])
        return difference.view(draws, -1).mean(dim=0)


class DemonstratedDiffusion(Judge):
    """A diffusion model of the demonstrated pairs alone; what it denoises well looks demonstrated.

    The reward is how much better than the demonstrated pairs' mean a pair is denoised, in units of it. The loss bounds
    -log p of the demonstrated pairs up to a constant (Ho et al. 2020), so that the policy is drawn to where p is high.
    Own pairs do not enter the loss: the reward stands still once it is learned.
    """

    what = "denoising error of demonstrated pairs"

    def __init__(self, size: int, config: JudgeConfig):
        super().__init__(size, config)
        self.denoiser = PairDenoiser(size, config)
        self.register_buffer("usual", torch.ones(()))

    usual: Tensor

    def loss(self, demonstrated: Tensor, own: Tensor, generator: torch.Generator) -> Tensor:
        """See Judge."""
        error = self.denoiser.loss(*_labelled(self.denoiser.drawn(self.scaled(demonstrated), 1, generator))).mean()
        with torch.no_grad():
            self.usual.lerp_(error, 0.01)
        return error

    def judged(self, pairs: Tensor, generator: torch.Generator) -> Tensor:
        """See Judge: 0 for pairs that are denoised as the demonstrated ones are."""
        draws = self.config.draws
        error = self.denoiser.loss(*_labelled(self.denoiser.drawn(self.scaled(pairs), draws, generator)))
        return 1 - error.view(draws, -1).mean(dim=0) / self.usual


def _labelled(drawn: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, float, Tensor, Tensor]:
    pairs, step, noise = drawn
    return pairs, 1.0, step, noise
