"""Seams: extensions by other packages through entry points, without a change of this one.

registry = TASKS              # one for each entry-point group: names, and what each stands for
registry.load("stack")        # imports the package that brings it; until then nothing of it is
"""

from midp_ros.core.seams.catalogue import (
    CONTRACTS,
    DENOISERS,
    DEVICES,
    EXPERTS,
    LEARNERS,
    OBSERVATIONS,
    PLANNERS,
    REGISTRIES,
    ROBOTS,
    STUDIES,
    TASKS,
)
from midp_ros.core.seams.entry_points import EntryPointError
from midp_ros.core.seams.registry import FileRegistry, Registry, is_path

__all__ = [
    "CONTRACTS",
    "DENOISERS",
    "DEVICES",
    "EXPERTS",
    "LEARNERS",
    "OBSERVATIONS",
    "PLANNERS",
    "REGISTRIES",
    "ROBOTS",
    "STUDIES",
    "TASKS",
    "EntryPointError",
    "FileRegistry",
    "Registry",
    "is_path",
]
