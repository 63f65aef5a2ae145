"""The content of one black box file; imports core, kinematics and numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics.profile import RobotProfile

ROBOT, POLICY = "robot", "policy"  # sides
REFLEX, STOP, OPERATOR = "reflex", "stop", "operator"  # what a file is written for


@dataclass(frozen=True)
class BoxEvent:
    """Something that happened at a time [s].

    Attributes:
        kind: reflex, stop, operator, controller, push, state, refused, note.
        errors: of a reflex, names of fields of franka_msgs/Errors.
    """

    time_s: float
    kind: str
    text: str
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class GivenTrajectory:
    """A trajectory that was sent, or received.

    Attributes:
        time_s: when it was written to the middleware, or arrived [s].
        before_s: from then on it differs from the one before, by its sender [s]; infinite where that is not known.
        sent: False where the sender found itself too late and sent nothing.
        purpose: `chunk`, or `other`: a remainder, a stop, a start.
    """

    time_s: float
    trajectory: JointTrajectory
    before_s: float = math.inf
    sent: bool = True
    purpose: str = ""


@dataclass(frozen=True)
class GivenChunk:
    """An action chunk that a motion follows: actions (steps, action_size), the first one in force from `start_s` on."""

    time_s: float
    start_s: float
    step_s: float
    actions: Array


@dataclass(frozen=True)
class Series:
    """Values over time: `time_s` (n,) [s], and each of `values` (n, size)."""

    time_s: Array
    values: tuple[Array, ...]

    @classmethod
    def empty(cls, *sizes: int) -> Series:
        """Without a sample."""
        return cls(np.empty(0), tuple(np.empty((0, size)) for size in sizes))

    def between(self, start_s: float, end_s: float) -> Series:
        """The samples of a time, its ends included."""
        places = slice(*np.searchsorted(self.time_s, [start_s, end_s + 1e-9]))
        return Series(self.time_s[places], tuple(values[places] for values in self.values))


@dataclass(frozen=True)
class BoxRecording:
    """One side's last seconds. All times are on one clock, whose zero is at `origin_ns` of the graph's time.

    Attributes:
        side: `robot` or `policy`.
        trigger: why it was written; `errors` are a reflex's.
        about: node, version, model, settings, machine.
        setpoints: commands at 1 kHz (joints,) [rad]; on the policy's side none, see `controller_model`.
        states: measured positions [rad] and velocities [rad/s].
        forces: estimated external torques [Nm] and wrench (6,) [N, Nm].
        trajectories, chunks, events: oldest first.
        targets: of a stream, at their arrivals: positions [rad], and stamps [s] (1,).
        scene: poses of the task's objects: time [s] and position with quaternion (x, y, z, w) by name.
    """

    side: str
    profile: RobotProfile
    origin_ns: int
    trigger: BoxEvent
    about: dict[str, Any] = field(default_factory=dict)
    contract: Contract | None = None
    setpoints: Series = field(default_factory=lambda: Series.empty(0))
    states: Series = field(default_factory=lambda: Series.empty(0, 0))
    forces: Series = field(default_factory=lambda: Series.empty(0, 6))
    targets: Series = field(default_factory=lambda: Series.empty(0, 1))
    trajectories: tuple[GivenTrajectory, ...] = ()
    chunks: tuple[GivenChunk, ...] = ()
    events: tuple[BoxEvent, ...] = ()
    scene: tuple[tuple[float, dict[str, list[float]]], ...] = ()

    @property
    def judged(self) -> bool:
        """Whether the robot judges each command: on the position interface."""
        return str(self.about.get("interface", "")) == "position"

    @property
    def span_s(self) -> tuple[float, float]:
        """First and last time of anything [s]."""
        series: tuple[Series, ...] = (self.setpoints, self.states, self.forces)
        times = [t for s in series for t in (s.time_s[:1], s.time_s[-1:]) if len(t)]
        times += [np.array([each.time_s]) for each in self.trajectories]
        times += [np.array([each.time_s]) for each in self.events]
        known = np.concatenate(times) if times else np.array([self.trigger.time_s])
        return float(known.min()), float(known.max())
