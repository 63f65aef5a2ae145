"""Every task as an environment that gymnasium makes by its name; imports gymnasium.

gymnasium.make("midp_ros.environments:midp_ros/pick-v0")     # imports this module, and so registers all
"""

from __future__ import annotations

from typing import Any

import gymnasium

from midp_ros.core.seams import TASKS
from midp_ros.simulation.environment import TaskEnvironment


def make(task: str, render_mode: str | None = None, **settings: Any) -> TaskEnvironment:
    """The environment of a task; the meshes are loaded where it is to be rendered.

    Args:
        render_mode: `rgb_array` or None.
        settings: contract and robot, as `TaskEnvironment`.
    """
    if render_mode not in (None, *TaskEnvironment.metadata["render_modes"]):
        raise gymnasium.error.UnsupportedMode(f"render_mode {render_mode!r}; known: rgb_array")
    return TaskEnvironment(task, visuals=render_mode is not None, **settings)


for _task in TASKS:
    gymnasium.register(f"midp_ros/{_task}-v0", f"{__name__}:make", kwargs={"task": _task})
