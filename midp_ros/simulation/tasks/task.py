"""The interface of a task; imports core and the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.plain_data import require
from midp_ros.core.pose import Pose, rotation_about_x, rotation_about_z, tool_down
from midp_ros.simulation.engine import Engine

Reachable = Callable[[Pose], bool]


@dataclass(frozen=True)
class Start:
    """The start of an episode: tool pose and gripper opening."""

    tool: Pose
    gripper_width_m: float


@dataclass(frozen=True)
class TaskStatus:
    """Status of the running episode; the errors are those of `Task.tool_error`.

    `missing` says what an episode that is done lacks for success.
    """

    elapsed_s: float
    success: bool
    done: bool
    position_error_m: float
    rotation_error_rad: float
    missing: str = ""


class Task(Protocol):
    """One task: its scene, its observations and its success criterion."""

    name: str
    time_limit_s: float
    hold_s: float

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Sets up the scene and draws the episode's start and goal, within the arm's reach."""

    def observe(self, engine: Engine) -> dict[str, Pose]:
        """Named poses in the base frame that a robot's perception would report: `object`, `goal`."""

    def place(self, engine: Engine, poses: dict[str, Pose]) -> None:
        """Moves the scene to observed poses, to render a recorded episode."""

    def tool_error(self, engine: Engine, tool: Pose) -> tuple[float, float]:
        """Distance [m] and angle [rad] of the tool, or of the object that it moves, from the wanted pose."""

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Whether the goal condition holds now; held for `hold_s` it is success."""

    # A task may also have:
    #   missing(engine, tool) -> tuple[str, str]: what success lacks, in words and in figures;
    #   failed(engine) -> bool: whether success is out of reach, which ends the episode;
    #   info(engine) -> dict[str, str | float]: facts about the episode beside its success, e.g. the way that was taken.
    # Where a scene may be moved as a whole and is one of the task again, its contract declares: scene_symmetry.


IN_THE_PLANE = np.array([1.0, 1.0, 0.0])  # what is widened where heights stay


def widened_range(low: Array, high: Array, factor: float | Array) -> tuple[Array, Array]:
    """A range (size,) about the same middle, so many times as wide; of factor 1 the very same numbers.

    Raises:
        ConfigError: a factor below 1.
    """
    require(bool(np.min(factor) >= 1), "widened", factor, "at least 1")
    room = (np.asarray(factor) - 1) / 2 * (high - low)
    return low - room, high + room


def random_tool(
    rng: np.random.Generator, low_m: Array, high_m: Array, yaw_rad: float, tilt_rad: float, reachable: Reachable
) -> Pose:
    """A reachable tool pose in a box, pointing down up to a yaw and a tilt about a random horizontal axis."""
    while True:
        heading = rng.uniform(-np.pi, np.pi)
        tilt = rotation_about_z(heading) @ rotation_about_x(rng.uniform(0, tilt_rad)) @ rotation_about_z(-heading)
        pose = Pose(rng.uniform(low_m, high_m), tilt @ tool_down(rng.uniform(-yaw_rad, yaw_rad)))
        if reachable(pose):
            return pose
