"""The tasks: a new one is a small file here and a line below; imports core and the simulation's engine."""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.core.errors import UnknownNameError
from midp_ros.simulation.tasks.pick import Pick
from midp_ros.simulation.tasks.push import Push
from midp_ros.simulation.tasks.reach import Reach
from midp_ros.simulation.tasks.task import Task
from midp_ros.simulation.tasks.trace import Trace

TASKS: dict[str, Callable[[], Task]] = {"pick": Pick, "push": Push, "reach": Reach, "trace": Trace}


def make_task(name: str) -> Task:
    """A task by name; raises UnknownNameError that lists the known ones."""
    if name not in TASKS:
        raise UnknownNameError("task", name, TASKS)
    return TASKS[name]()
