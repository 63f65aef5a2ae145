"""One node of a name for each robot on a machine; imports rclpy.

Two policies of one name hold each other, as neither can know which one was meant. A second one that does not get as far
as that leaves the first one undisturbed.
"""

from __future__ import annotations

import time

from rclpy.node import Node

from midp_ros.core.errors import MidpError
from midp_ros.core.files.name_lock import NameLock

PATIENCE_S, LOOK_S = 3.0, 0.05  # for one that is ending, as after a launch that was refused


class SecondNodeError(MidpError):
    """There is a node of this name already; the message names its process and the remedy."""


def claim_name(node: Node) -> NameLock:
    """The right to the node's full name in its ROS domain on this machine, to be closed when the node ends.

    Raises:
        SecondNodeError: another process has it and keeps it.
    """
    name, domain = node.get_fully_qualified_name(), node.context.get_domain_id()
    end_s = time.monotonic() + PATIENCE_S
    while (lock := NameLock(f"{domain} node {name}", name)).holder:
        if time.monotonic() > end_s:
            raise SecondNodeError(
                f"{lock.holder} is in ROS domain {domain} already, and two policies would command the same arm: end it,"
                " or start this one with another ROS_DOMAIN_ID or in a namespace (namespace:=NAME)"
            )
        time.sleep(LOOK_S)
    return lock
