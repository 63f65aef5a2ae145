"""Episodes of a set, ranked by how much each teaches; imports core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from midp_ros.accounting.fit import Fit
from midp_ros.accounting.reasons import Reason, reasons
from midp_ros.accounting.score import Score, reliability
from midp_ros.accounting.traits import Scale, Traits
from midp_ros.core.episode import Episode
from midp_ros.core.errors import MidpError

FEWEST_EPISODES = 10  # of a set that can be ranked
FEWEST_STEPS = 200
LEAST_RELIABILITY = 0.3
LEAST_INFORMATION_NAT = 0.1  # the estimate's own bias on independent values is below


class AccountingError(MidpError):
    """Episodes that cannot be judged."""


@dataclass(frozen=True)
class Ranked:
    """An episode in its set.

    Attributes:
        episode: itself.
        number: its place in the set.
        score: how much it teaches.
        percentile: percentage of the set's other episodes that teach less.
        traits: by which a person would recognise it.
        reasons: why it may teach little, the likeliest first.
    """

    episode: Episode
    number: int
    score: Score
    percentile: float
    traits: Traits
    reasons: list[Reason]


@dataclass(frozen=True)
class Ranking:
    """A ranked set.

    Attributes:
        episodes: the best first.
        information_nat: mutual information of observation and motion over the whole set.
        reliability: share of the variance between scores that is not their own error.
        doubt: why the ranking says little; '' where it can tell.
    """

    episodes: list[Ranked]
    information_nat: float
    reliability: float
    doubt: str

    def best(self, share: float) -> list[Ranked]:
        """The best share of the episodes, at least one, in the order of the set."""
        count = max(1, round(share * len(self.episodes)))
        return sorted(self.episodes[:count], key=lambda r: r.number)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "information_nat": self.information_nat,
            "reliability": self.reliability,
            "doubt": self.doubt,
            "episodes": [plain(r) for r in self.episodes],
        }


def plain(ranked: Ranked) -> dict[str, Any]:
    """An episode's place as JSON has it; an infinite value becomes None."""
    score, traits = ranked.score, ranked.traits
    numbers = {
        **{"score_nat": score.mean, "low_nat": score.low, "high_nat": score.high, "percentile": ranked.percentile},
        **{"duration_s": traits.duration_s, "idle_s": traits.idle_s, "shake": traits.shake, "detour": traits.detour},
        **{"start": traits.start, "twin": traits.twin},
    }
    return {
        "episode": ranked.episode.name,
        "number": ranked.number,
        **{key: round(value, 4) if np.isfinite(value) else None for key, value in numbers.items()},
        "reasons": [{"kind": r.kind, "text": r.text} for r in ranked.reasons],
    }


def rank(episodes: Sequence[Episode]) -> Ranking:
    """Ranks the episodes of one contract.

    Raises:
        AccountingError: too few to compare one with another, or an episode without a step.
    """
    episodes = list(episodes)
    for i, episode in enumerate(episodes):
        if not len(episode):
            raise AccountingError(f"{short_name(episode, i)} has no steps; remove it, or mark it as a failure")
    steps = sum(len(e) for e in episodes)
    if len(episodes) < 2 or steps - max(len(e) for e in episodes) < FEWEST_EPISODES:
        raise AccountingError(
            f"{len(episodes)} episodes with {steps} steps cannot be compared; from {FEWEST_EPISODES} episodes and "
            f"{FEWEST_STEPS} steps on they can"
        )
    fit, scale = Fit(episodes), Scale.of(episodes)
    scores = [fit.score(e, i) for i, e in enumerate(episodes)]
    traits = [Traits.of(e, scale, i) for i, e in enumerate(episodes)]
    means = np.array([s.mean for s in scores])
    ranked = [
        Ranked(e, i, scores[i], percentile(means[i], np.delete(means, i)), traits[i], _why(episodes, traits, i))
        for i, e in enumerate(episodes)
    ]
    ranked.sort(key=lambda r: -r.score.mean)
    information = float(np.average(means, weights=[len(e) for e in episodes]))
    agreed = reliability(scores)
    return Ranking(ranked, information, agreed, doubt(len(episodes), steps, information, agreed))


def percentile(mean: float, others: np.ndarray) -> float:
    """Percentage of the others that are below a mean; of equal ones half."""
    if not len(others):
        return 50.0
    return 100.0 * float((others < mean).mean() + 0.5 * (others == mean).mean())


def doubt(episodes: int, steps: int, information_nat: float, agreed: float) -> str:
    """Why a ranking says little, in words; '' where it can tell."""
    if episodes < FEWEST_EPISODES or steps < FEWEST_STEPS:
        return (
            f"{episodes} episodes with {steps} steps are too few to tell which teaches more; from {FEWEST_EPISODES} "
            f"episodes and {FEWEST_STEPS} steps on the scores mean something"
        )
    if information_nat < LEAST_INFORMATION_NAT:
        return (
            f"the motion hardly depends on what is observed ({information_nat:.2f} nat), so no episode teaches more "
            "than another; does the contract observe what the demonstrator looks at?"
        )
    if agreed < LEAST_RELIABILITY:
        return (
            f"the episodes differ by hardly more than the scores' own error (reliability {agreed:.2f}): the order is "
            "mostly chance"
        )
    return ""


def _why(episodes: Sequence[Episode], traits: Sequence[Traits], number: int) -> list[Reason]:
    others = [*traits[:number], *traits[number + 1 :]]
    return reasons(traits[number], others, lambda i: short_name(episodes[i], i))


def short_name(episode: Episode, number: int) -> str:
    """An episode's name without its folder."""
    return episode.name.rsplit("/", 1)[-1] if episode.name != Episode.name else f"episode {number}"
