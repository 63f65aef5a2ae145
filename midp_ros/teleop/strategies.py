"""Strategies of recording while a policy runs and a person may intervene, by the names that LeRobot's users know.

| strategy | records |
|---|---|
| `base` | nothing |
| `episodic` | every attempt |
| `dagger` | every attempt, with the person's corrections labelled; whole, so that the policy's part is there, too |
| `sentry` | attempts in which something went wrong, from 10 s before the first incident on |

A strategy decides which of the recorder's services are called; imports nothing.
"""

from __future__ import annotations

from midp_ros.core.errors import UnknownNameError

STRATEGIES = ("base", "episodic", "dagger", "sentry")
BEFORE_S = 10.0
START, STOP, KEEP, DISCARD = "episode_start", "episode_stop", "episode_keep", "episode_discard"
SUCCESS, FAILURE = "episode_success", "episode_failure"


class Strategy:
    """Follows one attempt after the other.

    Attributes:
        under_way: whether an attempt is.
    """

    def __init__(self, name: str):
        if name not in STRATEGIES:
            raise UnknownNameError("strategy", name, STRATEGIES)
        self._name, self.under_way = name, False
        self._first_s: float | None = None

    @property
    def corrects(self) -> bool:
        """Whether a person may take over: an evaluation of the policy alone does not mix."""
        return self._name != "episodic"

    def begins(self) -> list[str]:
        """An attempt begins; returns the recorder's requests."""
        self.under_way, self._first_s = True, None
        return [] if self._name == "base" else [START]

    def incident(self, time_s: float) -> None:
        """Something went wrong at a time [s]: a take-over, a hold, a failure."""
        if self.under_way and self._first_s is None:
            self._first_s = time_s

    @property
    def keep_since_s(self) -> float | None:
        """From when on the attempt is of interest [s]; None: all of it."""
        return None if self._name != "sentry" or self._first_s is None else self._first_s - BEFORE_S

    def ends(self, success: bool | None) -> list[str]:
        """The attempt is over; returns the recorder's requests.

        Args:
            success: None where it is unknown.
        """
        was, self.under_way = self.under_way, False
        if not was or self._name == "base":
            return []
        if self._name == "sentry" and self._first_s is None:
            return [STOP, DISCARD]
        label = [] if success is None else [SUCCESS if success else FAILURE]
        return [STOP, *label, KEEP]

    def dropped(self) -> None:
        """A person has ended the attempt by hand."""
        self.under_way = False
