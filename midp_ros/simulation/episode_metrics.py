"""Metrics of an episode, collected while it runs; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array, Picture
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, commanded_tool_m
from midp_ros.simulation.engine import PHYSICS_RATE_HZ
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.tasks.missing import Missing
from midp_ros.simulation.tasks.task import TaskStatus


@dataclass(frozen=True)
class Failure:
    """Why an episode failed.

    Attributes:
        reason: in a few words that episodes can be counted by.
        details: figures, and for a reflex force and place.
    """

    reason: str
    details: str


@dataclass(frozen=True)
class Rollout:
    """The outcome of an episode, which a reflex ends.

    Attributes:
        largest_jump_m: the largest second difference of the tool positions that were issued step by step.
        desired_rad: commanded joint positions at 1 kHz (samples, joints).
        failure: None after a success.
        observations: columns by name over the control steps, as `draw_replay` takes them; empty unless kept.
        info: facts about the episode from a task that has any.
    """

    seed: int
    success: bool
    duration_s: float
    position_error_m: float
    rotation_error_rad: float
    path_length_m: float
    largest_jump_m: float
    desired_rad: Array
    frames: list[NDArray[np.uint8]] = field(default_factory=list)
    reflexes: tuple[Violation, ...] = ()
    failure: Failure | None = None
    observations: dict[str, Array] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def mean_squared_jerk(self) -> float:
        """Mean over time and joints of the squared jerk of the commanded positions [rad^2/s^6], at 1 kHz."""
        rate_hz = PHYSICS_RATE_HZ
        jerk = np.diff(self.desired_rad, 3, axis=0) * rate_hz**3
        return float(np.mean(jerk**2)) if len(jerk) else 0.0


class EpisodeSimulation(Protocol):
    """What runs an episode: Simulation, or one that is reached from outside; methods as Simulation's."""

    model: ArmModel

    @property
    def done(self) -> bool: ...
    @property
    def failed(self) -> bool: ...
    @property
    def reflexes(self) -> Sequence[Violation]: ...
    def reset(self, seed: int) -> None: ...
    def observe(self) -> dict[str, Array]: ...
    def tool(self) -> Pose: ...
    def advance(self, duration_s: float) -> Array: ...
    def status(self) -> TaskStatus: ...
    def missing(self) -> Missing: ...
    def info(self) -> dict[str, str | float]: ...
    def pictures(self) -> dict[str, Picture]: ...
    def render(self) -> NDArray[np.uint8]: ...


class EpisodeMetrics:
    """Starts an episode and collects its metrics.

    It is advanced together with the simulation.

    Args:
        picture_every: control steps between two images; 0 renders none.
        keep_observations: keeps what can be observed at each control step, to draw the episode later.
    """

    def __init__(
        self,
        simulation: EpisodeSimulation,
        contract: Contract,
        seed: int,
        picture_every: int = 0,
        keep_observations: bool = False,
    ):
        simulation.reset(seed)
        self._simulation, self._seed, self._every = simulation, seed, picture_every
        self._contract = contract
        self._desired: list[Array] = []
        self._path: list[Array] = []
        self._issued: list[Array] = []
        self._frames: list[NDArray[np.uint8]] = []
        self._keep, self._observations = keep_observations, list[dict[str, Array]]()

    @property
    def over(self) -> bool:
        """Whether the task is done, or a reflex has ended the episode."""
        return self._simulation.done or bool(self._simulation.reflexes)

    def step(self) -> None:
        """A control step begins."""
        if self._every and len(self._path) % self._every == 0:
            self._frames.append(self._simulation.render())
        self._path.append(self._simulation.tool().position_m)
        if self._keep:
            self._observations.append(self._simulation.observe())

    def issue(self, action: Array) -> None:
        """Adds the action (action_size,) of a control step."""
        self._issued.append(commanded_tool_m(self._simulation.model, self._contract, action))

    def advance(self, duration_s: float) -> None:
        """Advances the simulation."""
        self.advanced(self._simulation.advance(duration_s))

    def advanced(self, desired_rad: Array) -> None:
        """Takes the commanded joint positions (milliseconds, joints) of a simulation that another one advanced."""
        self._desired.append(desired_rad)

    def rollout(self) -> Rollout:
        """The outcome."""
        status = self._simulation.status()
        path = np.stack([*self._path, self._simulation.tool().position_m])
        jumps_m = np.linalg.norm(np.diff(np.reshape(self._issued, (-1, 3)), 2, axis=0), axis=1)
        return Rollout(
            self._seed, status.success, status.elapsed_s, status.position_error_m, status.rotation_error_rad,
            float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum()), float(jumps_m.max(initial=0.0)),
            np.concatenate(self._desired), self._frames, tuple(self._simulation.reflexes),
            None if status.success else self._failure(),
            {name: np.stack([o[name] for o in self._observations]) for name in (self._observations or [{}])[0]},
            self._simulation.info(),
        )  # fmt: skip

    def _failure(self) -> Failure:
        missing = self._simulation.missing()
        if self._simulation.failed:
            return Failure(missing.what, missing.figures)
        if reflexes := self._simulation.reflexes:
            place = ", ".join(f"{x:.3f}" for x in self._simulation.tool().position_m)
            errors = ", ".join(sorted(reflexes[0].errors))
            return Failure(f"reflex: {errors}", f"{reflexes[0].reason}; the tool is at ({place}) m")
        return Failure(f"timeout: {missing.what}", missing.figures)
