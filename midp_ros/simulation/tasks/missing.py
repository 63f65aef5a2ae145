"""What an episode lacks for success, in words and figures; imports core and the engine."""

from __future__ import annotations

from dataclasses import dataclass
from math import degrees

from midp_ros.core.pose import Pose
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.task import Task


@dataclass(frozen=True)
class Missing:
    """What a task misses.

    Attributes:
        what: in a few words that episodes can be counted by, e.g. `the cube is not lifted`.
        figures: values beside what is asked for, e.g. `lifted by 12 mm of 100 mm`.
    """

    what: str
    figures: str

    def __str__(self) -> str:
        return f"{self.what} ({self.figures})"


def what_is_missing(task: Task, engine: Engine, tool: Pose) -> Missing:
    """What the task itself says, or the tool's error where it says nothing."""
    ask = getattr(task, "missing", None)
    if ask is not None:
        return Missing(*ask(engine, tool))
    distance_m, angle_rad = task.tool_error(engine, tool)
    return Missing("the task is not done", f"{1000 * distance_m:.0f} mm and {degrees(angle_rad):.1f} deg off")
