"""The tasks by name: one file each, here or in another package; imports core and the simulation's engine."""

from __future__ import annotations

from midp_ros.core.errors import CommandError
from midp_ros.core.seams import TASKS, EntryPointError
from midp_ros.drawing.drawn_path import DrawnPath
from midp_ros.simulation.tasks.task import Task

MEMBERS = ("name", "time_limit_s", "hold_s", "reset", "observe", "place", "tool_error", "satisfied")

__all__ = ["TASKS", "Task", "make_task"]


def make_task(name: str, path: DrawnPath | None = None) -> Task:
    """A task by name.

    Args:
        path: for task trace; otherwise each seed draws its own.

    Raises:
        CommandError: another task is given a path.
        UnknownNameError: lists the known ones.
        EntryPointError: another package's task fails to import, or is no Task.
    """
    kind = TASKS.load(name)
    if path is not None and not hasattr(kind, "of"):
        raise CommandError(f"task {name!r} follows no path: {path.name} is for task 'trace'")
    task: Task = kind() if path is None else kind.of(path)
    if missing := [member for member in MEMBERS if not hasattr(task, member)]:
        raise EntryPointError(f"{TASKS.find(name)} lacks {', '.join(missing)}; midp_ros.simulation.Task has all")
    if task.name != name:
        raise EntryPointError(f"{TASKS.find(name)} calls itself {task.name!r}; its `name` must be its entry point's")
    return task
