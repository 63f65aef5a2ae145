"""What a ROS process takes from its environment, checked before ROS is loaded; imports launching, no ROS."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from midp_ros.core.errors import MidpError
from midp_ros.launching.environment import domain_problem, log_settings, middleware_problem

EXTRAS = {"viser": "viewer"}  # what an extra of setup.py brings, by the package that is imported


class EnvironmentProblem(MidpError):
    """A variable of the environment that ROS cannot work with."""


def check_environment() -> None:
    """Refuses an unusable ROS_DOMAIN_ID or RMW_IMPLEMENTATION, and has the logs written where that is possible.

    Raises:
        EnvironmentProblem: the variable, its value, and what would be right.
    """
    if problem := domain_problem() or middleware_problem():
        raise EnvironmentProblem(problem)
    settings, warning = log_settings()
    os.environ.update(settings)
    if warning:
        print(f"warning: {warning}", file=sys.stderr)


def import_problem(error: ImportError) -> str:
    """What a failed import means, in one line; empty where it is a fault of this package's own."""
    if (error.name or "").startswith("midp_ros"):
        return ""
    if foreign := _foreign_python("rclpy"):
        return foreign
    what = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    extra = EXTRAS.get((error.name or "").partition(".")[0])
    remedy = f"pip install 'midp_ros[{extra}]' brings it" if extra else "`make setup` installs all of it"
    return f"this node cannot load what it needs: {what}; {remedy}"


def _foreign_python(package: str) -> str:
    """Where a package's binaries were built for another Python than this one: what to do about it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    folder, ours = Path(spec.origin).parent, sys.implementation.cache_tag
    tags = {binary.name.split(".")[1].removesuffix("-linux-gnu") for binary in folder.glob("*.cpython-*.so")}
    if not tags or any(tag.startswith(ours) for tag in tags):
        return ""
    return (
        f"{package} in {folder.parent} is built for {', '.join(sorted(tags))}, this Python is {ours}: take that folder "
        f"out of PYTHONPATH, or start with the Python of that ROS ({sys.executable} is the present one)"
    )
