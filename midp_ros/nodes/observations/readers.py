"""Classes of message types, and the readers of their messages; imports control and the message packages.

The readers are control.observations.readers; a package that brings one may import `unreadable` from either place.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from midp_ros.control.observations.readers import Reader, entry_reader, unreadable
from midp_ros.core.errors import ContractError

__all__ = ["Reader", "entry_reader", "message_class", "unreadable"]


def message_class(kind: str) -> Any:
    """The class of a message type like `sensor_msgs/msg/JointState`; raises ContractError where there is none."""
    package, separator, name = kind.replace("/", ".").rpartition(".")
    try:
        return getattr(import_module(package), name)
    except (ImportError, AttributeError, ValueError) as e:
        raise ContractError(f"message type {kind!r} is not installed: {e}") from None
