"""Langevin dynamics down an energy, with shrinking steps; imports torch only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from midp_ros.learning.learners.chunk_components import ChunkComponents
from midp_ros.learning.learners.energy import Energy

CLIP = 3.0  # c: of the slope, in units of that one deviation away from the narrowest mode
POWER = 2  # of the steps' polynomial decay, Florence et al. 2021, appendix B


@dataclass(frozen=True)
class Langevin:
    """How far a chain goes in each step.

        z <- z - d s g / sqrt(1 + (s |g| / c)^2) + sqrt(2 d s) noise,    g = dE/dz, s = deviation, c = 3

    Near a mode as narrow as s that is Langevin dynamics with a step size of 2 d s. Far from it, where g is large, no
    step is longer than c d. d falls from `largest` / c to half of s; then the chain descends at that d, without noise.

    Attributes:
        noisy, quiet: numbers of steps.
        largest: the first step, at most.
        deviation: of the narrowest mode.
    """

    noisy: int
    quiet: int
    largest: float
    deviation: float

    def sizes(self) -> list[float]:
        """d of each step."""
        first, last = self.largest / CLIP, self.deviation / 2
        left = [(1 - i / max(1, self.noisy - 1)) ** POWER for i in range(self.noisy)]
        return [*(last + max(0.0, first - last) * share for share in left), *[last] * self.quiet]

    def run(
        self,
        z: Tensor,
        energy: Energy,
        conditions: Sequence[Tensor],
        components: ChunkComponents,
        noises: Sequence[Tensor] = (),
    ) -> Tensor:
        """The chains' ends.

        Args:
            z: where they begin (batch, chains, size).
            noises: standard normal, one as z for each noisy step; none: all steps are quiet.
        """
        for i, d in enumerate(self.sizes()):
            g = self.deviation * energy.slope(z, conditions) * components.used
            z = z - d * g / (1 + g.square().sum(-1, keepdim=True) / CLIP**2).sqrt()
            if i < len(noises):
                z = z + math.sqrt(2 * d * self.deviation) * noises[i]
            z = components.hold(z)
        return z
