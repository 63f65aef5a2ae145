"""Types at the boundary of the loop: tracker, commands, issued action and status; imports core."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from midp_ros.control.supervision.observation_monitor import State
from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.joint_trajectory import DesiredMotion, JointTrajectory

JOINTS = "joint_position"  # the observation without which no loop runs


class TrackedMotion(DesiredMotion, Protocol):
    """The joint motion along a chunk: kinematics.TrackedMotion."""

    def reach(self, time_s: float) -> None:
        """Works the motion out up to a time [s]."""


class Tracker(Protocol):
    """Turns a chunk of actions into joints: kinematics.ToolTracker or JointTracker."""

    def motion(self, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> TrackedMotion:
        """The joint motion from the given state (joints,) at the chunk's time."""


@dataclass(frozen=True)
class Commands:
    """A command: a trajectory that replaces the running one, a gripper width [m], or both.

    Attributes:
        chunk: the actions that the trajectory follows; None where it stops the arm or continues.
        before_s: from then on the trajectory differs from the running one [s]; sent later, it would be a step.
        on_arrival: the trajectory starts when it arrives, from where the controller rests.
        stamp_s: by which the controller's state shows that it runs it [s]; None: its first point's time.
        probes: it changes nothing.
    """

    trajectory: JointTrajectory | None = None
    gripper_width_m: float | None = None
    chunk: ActionChunk | None = None
    before_s: float = math.inf
    on_arrival: bool = False
    stamp_s: float | None = None
    probes: bool = False


@dataclass(frozen=True)
class Issued:
    """The action (action_size,) that was in force during the control step that began at `time_s`."""

    time_s: float
    action: Array


@dataclass(frozen=True)
class RunnerStatus:
    """State of the loop for diagnostics.

    Attributes:
        reason: why the arm does not move; empty while it runs.
        age_s: of the oldest observation [s].
        latency_s: of the last few chunks, the longest [s].
        chunks: number of chunks that were taken over.
        contact_stops: how often the contact guard has stopped a motion.
        late: whether the arm moves from rest to rest for a while, as a message came late or not at all.
    """

    state: State
    reason: str
    age_s: float
    latency_s: float
    chunks: int
    contact_stops: int = 0
    late: bool = False
