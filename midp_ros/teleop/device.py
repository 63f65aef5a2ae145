"""Device: what a person drives with; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from midp_ros.core.errors import MidpError
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.teleop.inputs import DeviceInput


class DeviceError(MidpError):
    """A device that cannot be opened or read."""


class Device(Protocol):
    """A keyboard, a gamepad, a topic.

    Attributes:
        name: for messages.
        silence_is_release: whether the device is silent while it is at rest. Of any other device, silence in motion is
            a fault: its motion counts again only after it was at rest.
        silence_s: without an input for so long its motion ends [s].
    """

    name: str
    silence_is_release: bool
    silence_s: float

    def read(self, time_s: float) -> list[DeviceInput]:
        """What came since the last call, oldest first; never waits.

        Args:
            time_s: the present, on the loop's clock [s].
        """

    def close(self) -> None:
        """Leaves the device as it was found."""


@runtime_checkable
class Screen(Protocol):
    """A device that shows the state to the person."""

    def show(self, text: str) -> None:
        """Shows one line."""


@dataclass(frozen=True)
class DeviceContext:
    """What the factory of a device receives: `factory(context) -> Device`, an entry point of `midp_ros.devices`.

    Attributes:
        profile: of the robot that is driven, with the names that ROS uses.
        settings: by name, from the configuration of teleoperation.
        node: the ROS node, for devices behind a topic; None without ROS.
    """

    profile: RobotProfile
    settings: Mapping[str, Any] = field(default_factory=dict)
    node: Any = None
