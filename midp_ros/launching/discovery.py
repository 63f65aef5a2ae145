"""Keeps a launch on this machine unless the user says otherwise; imports nothing of midp_ros."""

from __future__ import annotations

import os

# Any of these is the user's word on who may find whom.
_SETTINGS = ("ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOCALHOST_ONLY", "ROS_STATIC_PEERS", "ROS_DISCOVERY_SERVER")


def local_discovery() -> dict[str, str]:
    """Variables that keep discovery on this machine, so that nobody on the network commands an arm by accident.

    Empty when the environment has a setting already. Humble reads the second variable; later distributions read the
    first, and warn of the second.
    """
    if any(os.environ.get(name) for name in _SETTINGS):
        return {}
    if os.environ.get("ROS_DISTRO") == "humble":
        return {"ROS_LOCALHOST_ONLY": "1"}
    return {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
