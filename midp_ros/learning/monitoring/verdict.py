"""Verdict on a training: action errors on held-out and on learned episodes, and over-fitting.

Imports core and torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from midp_ros.learning.dataset import Dataset
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.learning.monitoring.action_error import ActionError, action_errors
from midp_ros.learning.monitoring.metrics_file import HELD_OUT

RATIO_OF_OVERFITTING = 1.5  # held-out to learned action error
RISE_OF_OVERFITTING = 1.2  # of the held-out error over its lowest
SHARE_UNLEARNED = 0.5  # of the motion, from which on an error means that little is learned


@dataclass(frozen=True)
class Verdict:
    """Result of a training.

    Attributes:
        learned, held_out: action errors by entry; `held_out` is empty where no episode was held out.
        ratio: held-out to learned error, the geometric mean over the entries; NaN without held-out episodes.
        sentences: conclusions, the first one in a word or two.
    """

    learned: list[ActionError]
    held_out: list[ActionError]
    ratio: float
    sentences: list[str]

    @property
    def good(self) -> bool:
        """Whether neither over-fitting nor an unlearned action was found."""
        return self.sentences[0].startswith(("no over-fitting", "learned"))


def verdict(
    policy: LearnedPolicy, learned: Dataset, held_out: Dataset | None, rows: Sequence[dict[str, float]]
) -> Verdict:
    """Measures a policy with its averaged weights.

    Args:
        rows: of metrics.csv.
    """
    on_learned = action_errors(policy, learned)
    on_held_out = action_errors(policy, held_out) if held_out else []
    pairs = [(h.error, e.error) for h, e in zip(on_held_out, on_learned, strict=False) if h.error > 0 and e.error > 0]
    ratio = math.exp(sum(math.log(h / e) for h, e in pairs) / len(pairs)) if pairs else math.nan
    return Verdict(on_learned, on_held_out, ratio, _sentences(on_held_out or on_learned, ratio, rows))


def _sentences(errors: Sequence[ActionError], ratio: float, rows: Sequence[dict[str, float]]) -> list[str]:
    found = []
    for e in errors:
        if e.error > SHARE_UNLEARNED * e.motion:  # False where the motion is not known
            found.append(
                f"not learned yet: the error of {e.name}, {e.error:.3g} {e.unit}, is {100 * e.error / e.motion:.0f} % "
                "of the demonstrated motion; train longer, or look at the demonstrations"
            )
            break
    lowest, rise = _rise(rows)
    if ratio > RATIO_OF_OVERFITTING or rise > RISE_OF_OVERFITTING:
        found.append(
            f"over-fitting: the held-out action error is {ratio:.2f} times the learned one; more demonstrations, a "
            "smaller model or fewer steps help"
        )
        if rise > RISE_OF_OVERFITTING:
            found.append(f"the held-out error in training is {rise:.2f} times its lowest value, of step {lowest:.0f}")
    elif not math.isnan(ratio):
        found.append(f"no over-fitting: the held-out action error is {ratio:.2f} times the learned one")
    else:
        found.append("learned episodes only: no episode was held out, so over-fitting cannot be seen (key held_out)")
    return found


def _rise(rows: Sequence[dict[str, float]]) -> tuple[float, float]:
    """Step of the lowest held-out error in training, and the latest one as a multiple of it, where it is above 0."""
    points = [(row["step"], row[HELD_OUT]) for row in rows if math.isfinite(row.get(HELD_OUT, math.nan))]
    if len(points) < 3:
        return math.nan, 1.0
    smooth = [(points[i + 1][0], sum(e for _, e in points[i : i + 3]) / 3) for i in range(len(points) - 2)]
    step, lowest = min(smooth, key=lambda p: p[1])
    return (step, smooth[-1][1] / lowest) if lowest > 0 else (math.nan, 1.0)  # a likelihood may be below
