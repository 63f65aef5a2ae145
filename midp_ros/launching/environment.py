"""Settings of the environment that every ROS process reads at its start; imports nothing of midp_ros."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

# UDP ports of a domain begin at 7400 + 250 * domain and must stay below 65536 (RTPS 2.5, 9.6.2.3).
MOST_DOMAIN_ID = 232
RMW = ("rmw_fastrtps_cpp", "rmw_fastrtps_dynamic_cpp", "rmw_cyclonedds_cpp", "rmw_connextdds", "rmw_zenoh_cpp")


def domain_problem() -> str:
    """The fault of ROS_DOMAIN_ID; empty where there is none."""
    given = os.environ.get("ROS_DOMAIN_ID", "")
    if not given or (given.isascii() and given.isdigit() and int(given) <= MOST_DOMAIN_ID):
        return ""
    return f"ROS_DOMAIN_ID is {given!r}: it must be a whole number from 0 to {MOST_DOMAIN_ID}; unset, it is 0"


def middleware_problem() -> str:
    """The fault of RMW_IMPLEMENTATION; empty where there is none, and where no folder holds any middleware.

    rcl would end the process while it is loaded, with status 102 and a line of its own.
    """
    given = os.environ.get("RMW_IMPLEMENTATION", "")
    folders = [Path(sys.prefix) / "lib"]
    folders += [Path(prefix) / "lib" for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    folders += [Path(each) for each in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if each]
    found = {path.stem.removeprefix("lib") for folder in folders for path in folder.glob("librmw_*.so")}
    installed = [name for name in RMW if name in found]
    if not given or not installed or given in found:
        return ""
    return (
        f"RMW_IMPLEMENTATION is {given!r}, which is not installed here; installed: {', '.join(installed)}; unset it, or"
        " install the package of that name"
    )


def log_settings() -> tuple[dict[str, str], str]:
    """Variables with which logs can be written, and a warning; both empty where they can be written already.

    ROS looks at ROS_LOG_DIR, then at ROS_HOME/log, then at ~/.ros/log, and ends the process where it cannot write there
    (rcl_logging_interface's rcl_logging_get_logging_directory).
    """
    wanted = _log_directory()
    if wanted is not None and (problem := _problem_of(wanted)) is None:
        return {}, ""
    reason = "HOME is not set" if wanted is None else f"cannot write logs to {wanted}: {problem}"
    # Of this user alone: another user cannot have put a link into it.
    other = Path(tempfile.gettempdir()) / f"ros_log_{os.getuid()}"
    if _problem_of(other) is not None or other.stat().st_uid != os.getuid():
        other = Path(tempfile.mkdtemp(prefix="ros_log_"))
    return {"ROS_LOG_DIR": str(other)}, f"{reason}; they go to {other} (ROS_LOG_DIR chooses another folder)"


def _log_directory() -> Path | None:
    if given := os.environ.get("ROS_LOG_DIR"):
        return Path(given).expanduser()
    if given := os.environ.get("ROS_HOME"):
        return Path(given).expanduser() / "log"
    # Not Path.home(), which asks the user database where HOME is unset: ROS does not.
    home = os.environ.get("HOME")
    return Path(home) / ".ros" / "log" if home else None


def _problem_of(folder: Path) -> str | None:
    """The error with which no file can be written in a folder, which is created if missing; None where one can."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as e:
        return e.strerror or str(e)
