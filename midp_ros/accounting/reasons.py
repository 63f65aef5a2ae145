"""The likely reasons why an episode teaches little, in words; imports core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from midp_ros.accounting.traits import Traits

UNUSUAL = 3.0  # robust standard deviations above the set's median
MAD_TO_DEVIATION = 1.4826  # of a Gaussian
TWIN_SHARE = 0.1  # of the set's median distance between nearest episodes; nearer ones are the same motion again
COMMON = 1e-9


@dataclass(frozen=True)
class Reason:
    """A trait that may explain a low score.

    Attributes:
        kind: idle, shake, detour, start or twin.
        text: the trait in words, with its value and the set's.
        deviations: how far beyond the set's median, in robust standard deviations; the set's own for `twin`.
    """

    kind: str
    text: str
    deviations: float


@dataclass(frozen=True)
class _Trait:
    value: Callable[[Traits], float]
    least_spread: float  # a set that is all alike shall not make of a trifle a reason
    text: str


TRAITS = {
    "idle": _Trait(lambda t: t.idle_s, 0.2, "idle {value:.1f} s (median {median:.1f} s)"),
    "shake": _Trait(lambda t: t.shake, 0.05, "shaky: steps differ by {value:.0%} of a brisk one (median {median:.0%})"),
    "detour": _Trait(lambda t: t.detour, 0.1, "way {value:.1f} times the straight one (median {median:.1f})"),
    "start": _Trait(lambda t: t.start, 0.05, "unusual start: {value:.1f} deviations from the nearest ({median:.1f})"),
}


def reasons(traits: Traits, others: Sequence[Traits], name: Callable[[int], str] = str) -> list[Reason]:
    """The most likely first; empty where nothing is unusual.

    Args:
        traits: the episode's.
        others: the set's.
        name: the name of the set's episode of a number.
    """
    found = []
    for kind, trait in TRAITS.items():
        values = np.array([trait.value(t) for t in others])
        values, value = values[np.isfinite(values)], trait.value(traits)
        if not len(values) or not np.isfinite(value):
            continue
        median = float(np.median(values))
        spread = max(MAD_TO_DEVIATION * float(np.median(np.abs(values - median))), trait.least_spread)
        if (deviations := (value - median) / spread) > UNUSUAL:
            found.append(Reason(kind, trait.text.format(value=value, median=median), float(deviations)))
    twins = np.array([t.twin for t in others if np.isfinite(t.twin)])
    if len(twins) and traits.twin < max(TWIN_SHARE * float(np.median(twins)), COMMON):
        found.append(Reason("twin", f"nearly the same as {name(traits.nearest)}", UNUSUAL))
    return sorted(found, key=lambda r: -r.deviations)
