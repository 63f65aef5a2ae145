"""What the loop around a policy needs, gives and tells; imports core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from midp_ros.control.supervision.observation_monitor import State
from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.joint_trajectory import DesiredMotion, JointTrajectory


class TrackedMotion(DesiredMotion, Protocol):
    """What a tracker makes of a chunk: kinematics.TrackedMotion."""

    def reach(self, time_s: float) -> None:
        """Works it out up to a time."""


class Tracker(Protocol):
    """Turns a chunk of tool poses into joints: kinematics.ToolTracker."""

    def motion(self, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> TrackedMotion:
        """The joints' way from the given state at the chunk's time."""


@dataclass(frozen=True)
class Commands:
    """What to send now: a trajectory that replaces the running one, a gripper width [m], or both.

    Attributes:
        chunk: the actions that the trajectory is made of; none where it brings the arm to rest.
    """

    trajectory: JointTrajectory | None = None
    gripper_width_m: float | None = None
    chunk: ActionChunk | None = None


@dataclass(frozen=True)
class Issued:
    """The action (action_size,) that was in force during the control step that began at `time_s`."""

    time_s: float
    action: Array


@dataclass(frozen=True)
class RunnerStatus:
    """For diagnostics: what the loop does, why, and how fast its policy is."""

    state: State
    reason: str
    age_s: float
    latency_s: float
    chunks: int
