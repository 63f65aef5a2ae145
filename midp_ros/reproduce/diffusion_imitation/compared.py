"""Differences and spreads with their 95 % intervals, and what they say of a claim; imports core, numpy and extent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.bootstrap import Estimate, estimate
from midp_ros.reproduce.diffusion_imitation.extent import Extent

RESAMPLES = 2000
HOLDS, PARTLY, FAILS, EVEN, OPEN = "holds here", "holds in part", "does not hold here", "is not shown here", "is open"


@dataclass(frozen=True)
class Verdict:
    """What became of a claim.

    Attributes:
        word: HOLDS, PARTLY, FAILS, EVEN or OPEN.
        lines: what it follows from.
    """

    word: str
    lines: tuple[str, ...]


def judged(signs: Sequence[int]) -> str:
    """What signs of comparisons, in the claim's sense, say: 1 for it, -1 against it, 0 not distinguished."""
    if not signs:
        return OPEN
    if min(signs) < 0:
        return PARTLY if max(signs) > 0 else FAILS
    return HOLDS if min(signs) > 0 else PARTLY if max(signs) > 0 else EVEN


@dataclass
class Compared:
    """Comparisons of one claim, one after the other.

    Attributes:
        extent: of the study: what is compared with learners that it stops before their end is said, and does not count.
        signs: of those that count, in the claim's sense.
        lines: what was said.
    """

    extent: Extent
    signs: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    _last: int = 0
    _counts: bool = True

    def add(self, task: str, ours: str, other: str, sign_: int) -> None:
        """One comparison of two learners."""
        self._last, self._counts = sign_, not {ours, other} & self.extent.unfinished(task)
        self.signs += [sign_] if self._counts else []

    def say(self, line: str) -> None:
        """What was compared last."""
        self.lines.append(line if self._counts else f"{line} It does not count: not trained to the end.")

    def word(self, better: str = "better", worse: str = "worse") -> str:
        """What the last comparison says."""
        return {1: better, 0: "not distinguished", -1: worse}[self._last]

    def verdict(self) -> Verdict:
        """What became of the claim."""
        return Verdict(judged(self.signs), tuple(self.lines))


def difference(ours: Array, others: Array) -> Estimate:
    """Mean difference of values (seeds, episodes): of the same seeds and episodes, so that these cancel."""
    return estimate(ours - others)


def together(*learners: Mapping[int, Sequence[float]]) -> list[Array]:
    """Values (seeds, episodes) of several learners, of the seeds that all of them have."""
    seeds = sorted(set.intersection(*(set(each) for each in learners)))
    return [np.array([each[seed] for seed in seeds], float) for each in learners]


def spread(values: Array) -> Estimate:
    """Of values (counts, seeds, episodes): largest minus smallest share of the seeds, mean over counts.

    The interval is that of other episodes, with these very seeds.
    """
    found, drawn = _spreads(values)
    low, high = np.clip(np.quantile(drawn, [0.025, 0.975]), 0, 1)
    return Estimate(found, float(low), float(high), values.shape[1])


def spread_difference(ours: Array, others: Array) -> Estimate:
    """The first one's spread minus the second one's, both of the same episodes."""
    (mine, my_drawn), (its, its_drawn) = _spreads(ours), _spreads(others)
    low, high = np.quantile(my_drawn - its_drawn, [0.025, 0.975])
    return Estimate(mine - its, float(low), float(high), ours.shape[1])


def _spreads(values: Array) -> tuple[float, Array]:
    """The spread, and that of episodes drawn again (resamples,).

    Episodes that are drawn again differ more from seed to seed than those that they are drawn from; that is taken out
    of the mean.
    """
    episodes = values.shape[2]
    random = np.random.default_rng(0)
    weights = random.multinomial(episodes, np.full(episodes, 1 / episodes), RESAMPLES) / episodes
    shares = values @ weights.T  # (counts, seeds, resamples)
    drawn: Array = np.ptp(shares, axis=1).mean(axis=0)
    found = float(np.ptp(values.mean(axis=2), axis=1).mean())
    return found, drawn - drawn.mean() + found
