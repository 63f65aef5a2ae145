"""Discovery limited to this machine unless the user's environment sets it; imports nothing of midp_ros."""

from __future__ import annotations

import os

# Any of these is the user's own setting of discovery.
_SETTINGS = ("ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOCALHOST_ONLY", "ROS_STATIC_PEERS", "ROS_DISCOVERY_SERVER")


def local_discovery() -> dict[str, str]:
    """Variables that limit discovery to this machine, so that no other machine commands an arm by accident.

    Empty when the environment has a setting already. Humble reads the second variable; later distributions read the
    first, and warn of the second.
    """
    if any(os.environ.get(name) for name in _SETTINGS):
        return {}
    if os.environ.get("ROS_DISTRO") == "humble":
        return {"ROS_LOCALHOST_ONLY": "1"}
    return {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
