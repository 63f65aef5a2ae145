"""The accountant beside a recording: judges each episode against those before it; imports core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from midp_ros.accounting.fit import Fit
from midp_ros.accounting.ranking import (
    FEWEST_EPISODES,
    FEWEST_STEPS,
    LEAST_RELIABILITY,
    doubt,
    percentile,
    short_name,
)
from midp_ros.accounting.reasons import MAD_TO_DEVIATION, Reason, reasons
from midp_ros.accounting.score import Score, reliability
from midp_ros.accounting.traits import Scale, Traits
from midp_ros.core.episode import Episode

LOW_PERCENTILE = 10.0  # from which on an episode is suggested to be recorded anew
OUTLIER = 3.0  # robust standard deviations
GROWTH = 1.25  # of the set, from which on it is measured anew
MOST_SCORED = 30  # of the set's episodes, evenly spread: what they score is the scale, and measuring more costs seconds


@dataclass(frozen=True)
class Verdict:
    """A finished episode, compared with those before it.

    Attributes:
        score: how much it teaches; None where it is unknown.
        percentile: percentage of the episodes before it that teach less; None likewise.
        reasons: of a low score, or an unusual trait, the likeliest first.
        redo: whether to record it anew: it teaches less than 90 % of the set, by more than its own error.
        text: one line for the operator.
    """

    score: Score | None
    percentile: float | None
    reasons: list[Reason]
    redo: bool
    text: str

    @classmethod
    def unknown(cls, why: str) -> Verdict:
        """That it is unknown, and why."""
        return cls(None, None, [], False, f"cannot tell how much it teaches: {why}")

    def plain(self) -> dict[str, Any]:
        """For an episode's info: score [nat] and percentile where they are known, redo and text."""
        figures: dict[str, Any] = {} if self.score is None else {"score_nat": round(self.score.mean, 3)}
        figures |= {} if self.percentile is None else {"percentile": round(self.percentile)}
        return {**figures, "redo": self.redo, "text": self.text}


class Accountant:
    """Judges episodes one after the other; those that are kept become the set that the next is compared with.

    Args:
        episodes: the set so far, of one contract.
    """

    def __init__(self, episodes: Sequence[Episode] = ()):
        self._episodes: list[Episode] = list(episodes)
        self._fitted: _Fitted | None = None

    def __len__(self) -> int:
        return len(self._episodes)

    def keep(self, episode: Episode) -> None:
        """Adds an episode to the set."""
        self._episodes.append(episode)

    def judge(self, episode: Episode) -> Verdict:
        """Compares an episode that has not been kept yet with the set; one of another contract is not compared."""
        if not len(episode):
            return Verdict.unknown("the episode has no steps")
        steps = sum(map(len, self._episodes))
        if len(self._episodes) < FEWEST_EPISODES or steps < FEWEST_STEPS:
            return Verdict.unknown(
                f"{len(self._episodes)} episodes with {steps} steps so far; from {FEWEST_EPISODES} episodes and "
                f"{FEWEST_STEPS} steps on the next ones are compared with them"
            )
        if episode.contract.interface() != self._episodes[0].contract.interface():
            return Verdict.unknown("its contract differs from the set's")
        if self._fitted is None or len(self._episodes) >= GROWTH * self._fitted.count:
            self._fitted = _Fitted(self._episodes)
        return self._fitted.verdict(episode)


class _Fitted:
    """A set as it was measured last."""

    def __init__(self, episodes: Sequence[Episode]):
        self.count = len(episodes)
        self._names = [short_name(e, i) for i, e in enumerate(episodes)]
        self._fit, self._scale = Fit(episodes), Scale.of(episodes)
        scored = np.unique(np.linspace(0, self.count - 1, min(self.count, MOST_SCORED)).round().astype(int))
        scores = [self._fit.score(episodes[i], int(i)) for i in scored]
        self._traits = [Traits.of(episodes[i], self._scale, int(i)) for i in scored]
        self._means = np.array([s.mean for s in scores])
        steps, information_nat = sum(map(len, episodes)), float(self._means.mean())
        self._doubt = doubt(self.count, steps, information_nat, agreed=1.0)
        self._low = float(np.median(self._means))
        if reliability(scores) < LEAST_RELIABILITY:  # all alike: then only an outlier is worse
            self._low -= OUTLIER * MAD_TO_DEVIATION * float(np.median(np.abs(self._means - self._low)))

    def verdict(self, episode: Episode) -> Verdict:
        """An episode that is not in the set, compared with it."""
        score = self._fit.score(episode)
        why = reasons(Traits.of(episode, self._scale), self._traits, self._names.__getitem__)
        rank = percentile(score.mean, self._means)
        said = f"; {', '.join(r.text for r in why)}" if why else ""
        if self._doubt:
            return Verdict(score, rank, why, False, f"cannot tell how much it teaches: {self._doubt}{said}")
        if rank > LOW_PERCENTILE:
            text = f"teaches more than {rank:.0f} % of the {self.count} episodes before{said}"
            return Verdict(score, rank, why, False, text)
        redo = score.high < self._low
        most = f"{100 - rank:.0f} % of the" if rank > 0 else "all"
        text = f"teaches less than {most} {self.count} episodes before{said}"
        return Verdict(score, rank, why, redo, f"{text}; redo?" if redo else f"{text} (within its own error)")
