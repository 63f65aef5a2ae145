"""A variational bottleneck on the features of the observations; imports torch only.

Sources: Alemi et al. 2017, "Deep variational information bottleneck"; Zhang et al. 2026, "Information filtering via
variational regularization for robot manipulation" (arXiv 2601.21926), which conditions it on the noise step, too.
"""

from __future__ import annotations

from torch import Tensor, nn

FIRST_LOG_STD = -2.0  # of the channel's noise before training: most of what the features hold comes through


class FeatureBottleneck(nn.Module):
    """Replaces features f by z, drawn from N(mean(f), diag(std(f)^2)); mean and std are affine in f.

    The denoiser sees z. The mean over samples of KL(N(mean, std^2) | N(0, I)) is an upper bound of I(z; f), and so of
    what the policy knows of its observations: I(z; f) = E KL(p(z|f) | p(z)) <= E KL(p(z|f) | r(z)) for any r.
    """

    def __init__(self, size: int):
        super().__init__()
        self.mean, self.log_std = nn.Linear(size, size), nn.Linear(size, size)
        nn.init.eye_(self.mean.weight)
        nn.init.zeros_(self.mean.bias)
        nn.init.zeros_(self.log_std.weight)
        nn.init.constant_(self.log_std.bias, FIRST_LOG_STD)

    def forward(self, features: Tensor) -> Tensor:
        """The mean (batch, size): what the policy uses after training."""
        mean: Tensor = self.mean(features)
        return mean

    def draw(self, features: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """z (batch, size), and the bound [nat], a scalar.

        Args:
            noise: standard normal (batch, size).
        """
        mean, log_std = self.mean(features), self.log_std(features)
        return mean + log_std.exp() * noise, standard_normal_divergence(mean, log_std).mean()


def standard_normal_divergence(mean: Tensor, log_std: Tensor) -> Tensor:
    """KL(N(mean, diag(exp(log_std)^2)) | N(0, I)) [nat], over the last dimension."""
    return ((mean.square() + (2 * log_std).exp() - 1) / 2 - log_std).sum(-1)
