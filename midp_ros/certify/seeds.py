"""The seeds of a certificate: a range that nothing else uses, and in it a place that the model's own hash decides.

Recording, training, tests and evaluations count from 0 or from 10,000 on. A certificate's seeds lie from 1,000,000,000
to 2,099,999,999. Where in there follows from the model's hash: the same model meets the same episodes again, so that a
certificate can be checked; a changed model, be it by one weight, meets others, so that no model can be
changed until it passes these. All stages run the same episodes, and can be compared.
"""

from __future__ import annotations

FIRST, PLACES, EACH = 1_000_000_000, 1_099_999, 1_000


def certification_seeds(sha256: str, episodes: int) -> range:
    """The seeds for a model of this hash; at most `EACH` belong to it alone."""
    first = FIRST + EACH * (int(sha256[:12], 16) % PLACES)
    return range(first, first + episodes)
