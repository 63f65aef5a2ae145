"""What stopped the arm, and through whom; imports the standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Culprit(Enum):
    """Which link of the chain from the policy to the arm is to be looked at."""

    CHUNK = "chunk"
    HAND_OVER = "hand-over"
    SHAPING = "shaping"
    LATENESS = "lateness"
    CONTACT = "contact"
    CONTROLLER = "controller"
    PUBLISHER = "another publisher"
    OPERATOR = "operator"
    ROBOT = "robot"
    UNKNOWN = "unknown"


REMEDIES = {
    Culprit.CHUNK: "the policy asked for it: look at the chunk's actions and at the observations behind them",
    Culprit.HAND_OVER: "the new motion does not continue the running one: it has to begin on what was sent before",
    Culprit.SHAPING: "the trajectory itself leaves the limits: look at its fractions of the limits and at who wrote it",
    Culprit.LATENESS: "a message came later than planned, or never: look at load, network, lead_s",
    Culprit.CONTACT: "something touched the arm: look at the scene, and at the collision thresholds",
    Culprit.CONTROLLER: "the controller commanded something else than it was sent: look at its state and settings",
    Culprit.PUBLISHER: "two publishers command one controller: end one of them",
    Culprit.OPERATOR: "a person stopped the arm",
    Culprit.ROBOT: "the robot stopped by itself: its log in Desk says more",
    Culprit.UNKNOWN: "the recording does not show it: look at both sides' files, and at the robot's log",
}


@dataclass(frozen=True)
class Verdict:
    """What a recording shows.

    Attributes:
        limit: which limit was passed, in words; empty where none was.
        joint: name of the joint; empty where it is not a joint's limit.
        time_s: when, on the recording's clock [s].
        value, bound, unit: then; NaN where there is no number.
        evidence: sentences, the decisive one first.
        errors: that the robot raised.
    """

    culprit: Culprit
    limit: str
    joint: str
    time_s: float
    value: float
    bound: float
    unit: str
    evidence: tuple[str, ...]
    errors: tuple[str, ...] = ()

    @property
    def time_ms(self) -> int:
        """The millisecond, on the recording's clock."""
        return round(1000 * self.time_s)

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        if not self.limit:
            return f"culprit: {self.culprit.value}, at {self.time_ms} ms"
        where = f" of {self.joint}" if self.joint else ""
        number = "" if self.value != self.value else f", {self.value:.4g} of {self.bound:.4g} {self.unit}"
        return f"culprit: {self.culprit.value}; {self.limit}{where}, at {self.time_ms} ms{number}"

    @property
    def remedy(self) -> str:
        """Where to look."""
        return REMEDIES[self.culprit]
