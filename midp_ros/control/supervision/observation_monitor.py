"""The observation monitor: whether the arm may move or is held, and why. A state machine without a clock of its own.

Imports core.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from midp_ros.core.arrays import Array, Picture
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ObservationError
from midp_ros.core.window import observation_vector

REPEAT_S = 5.0  # a lasting hold is reported again this often


class State(Enum):
    """What the loop does: it waits for the first observation of everything, runs, or holds the arm."""

    WAITING = "waiting"
    RUNNING = "running"
    HOLDING = "holding"


@dataclass(frozen=True)
class Sample:
    """The newest value of one observation entry, or why it cannot be used.

    Attributes:
        time_s: when it was measured, on the loop's clock [s].
        value: (size,); None of an image.
        problem: what is wrong with the newest message; then there is neither value nor picture.
        picture: of an image, in the contract's shape.
    """

    time_s: float
    value: Array | None = None
    problem: str = ""
    picture: Picture | None = None

    @property
    def usable(self) -> bool:
        """Whether there is a value or a picture."""
        return self.value is not None or self.picture is not None


def pictures(contract: Contract, samples: Mapping[str, Sample]) -> dict[str, Picture]:
    """The contract's images that are there, by name."""
    found = {image.name: samples[image.name].picture for image in contract.images if image.name in samples}
    return {name: picture for name, picture in found.items() if picture is not None}


class Plausibility(Protocol):
    """Judges the values of observations; PlausibilityCheck is one."""

    def reset(self) -> None:
        """Starts over."""

    def problem(self, samples: Mapping[str, Sample]) -> str:
        """What is implausible; empty if nothing is."""


class ObservationMonitor:
    """Decides from samples and from the policy's failures whether the arm may move.

    Args:
        max_age_s: an observation older than this must not be acted on [s].
        plausibility: judges what is fresh; without one any value is taken.
        needed: names of the observations that the policy needs now; by default all of the contract's.
    """

    def __init__(
        self,
        contract: Contract,
        max_age_s: float,
        plausibility: Plausibility | None = None,
        needed: Callable[[], Collection[str]] | None = None,
    ):
        self.contract = contract
        self.max_age_s = max_age_s
        self._plausibility, self._needed = plausibility, needed
        self.reset()

    def reset(self) -> None:
        """Starts over, waiting."""
        self.age_s = float("nan")
        if self._plausibility is not None:
            self._plausibility.reset()
        self._started = False
        self._forbidden = ""
        self._observation_problem = ""
        self._policy_problem = ""
        self._reported: tuple[State, str] | None = None
        self._reported_s = -float("inf")

    @property
    def reason(self) -> str:
        """Why the arm does not move; empty while it runs."""
        return self._forbidden or self._observation_problem or self._policy_problem

    @property
    def state(self) -> State:
        """What the loop does now."""
        if not self.reason and self._started:
            return State.RUNNING
        return State.HOLDING if self._started else State.WAITING

    def forbid(self, reason: str) -> None:
        """Something other than observations and policy keeps the arm from moving; nothing does with an empty reason."""
        self._forbidden = reason

    def observe(self, time_s: float, samples: Mapping[str, Sample]) -> Array | None:
        """Judges the observation of one control step.

        Returns:
            The observation vector (observation_size,) to act on, or None: hold. What is not needed now and unusable is
            NaN in it.
        """
        unusable = self._unusable(time_s, samples)
        samples = {name: sample for name, sample in samples.items() if name not in unusable}
        ages = {name: time_s - sample.time_s for name, sample in samples.items()}
        self.age_s = max(ages.values(), default=float("nan"))
        try:
            self._check(samples, ages, unusable)
            values = {name: sample.value for name, sample in samples.items()}
            vector = observation_vector(self.contract, values, unusable)  # type: ignore[arg-type]
        except ObservationError as e:
            self._observation_problem = str(e)
            return None
        self._observation_problem = ""
        if self._forbidden:
            return None
        self._started = True
        return vector

    def failed(self, problem: str) -> None:
        """The policy could not act."""
        self._policy_problem = problem

    def succeeded(self) -> None:
        """The policy acted."""
        self._policy_problem = ""

    def report(self, time_s: float) -> tuple[State, str] | None:
        """State and reason when they are news: changed, or a hold that has lasted another while."""
        news = self.state, self.reason.split(":")[0]
        lasting = self.state is not State.RUNNING and time_s - self._reported_s >= REPEAT_S
        if news == self._reported and not lasting:
            return None
        self._reported, self._reported_s = news, time_s
        return self.state, self.reason

    def _unusable(self, time_s: float, samples: Mapping[str, Sample]) -> set[str]:
        """Entries that are not needed now, and missing, bad, stale or implausible."""
        if self._needed is None:
            return set()
        spare = {entry.name for entry in self.contract.observed}.difference(self._needed())
        return {name for name in spare if name not in samples or not self._usable(time_s, name, samples[name])}

    def _usable(self, time_s: float, name: str, sample: Sample) -> bool:
        plausible = self._plausibility is None or not self._plausibility.problem({name: sample})
        return plausible and sample.usable and time_s - sample.time_s <= self.max_age_s

    def _check(self, samples: Mapping[str, Sample], ages: Mapping[str, float], unusable: set[str]) -> None:
        missing = [e.name for e in self.contract.observed if e.name not in samples and e.name not in unusable]
        if missing:
            entries = {e.name: e for e in self.contract.observed}
            from_where = ", ".join(sorted({entries[name].topic for name in missing if entries[name].topic}))
            raise ObservationError(f"no observation yet of {', '.join(missing)}: nothing on {from_where or 'no topic'}")
        judged = [entry for entry in self.contract.observed if entry.name not in unusable]
        for entry in judged:
            if problem := samples[entry.name].problem:
                raise ObservationError(f"bad observation of {entry.name}: {problem}")
        for entry in judged:
            age_s = ages[entry.name]
            if age_s > self.max_age_s:
                limit = f"the limit is {self.max_age_s:g} s"
                raise ObservationError(f"stale observation of {entry.name}: {age_s:.2f} s old, {limit}")
        if self._plausibility is not None and (problem := self._plausibility.problem(samples)):
            raise ObservationError(problem)
