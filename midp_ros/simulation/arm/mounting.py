"""The bodies mounted on the flange, and their frames; imports core only."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.simulation.arm.arm_state import RigidLoad


def identity() -> Pose:
    """A frame that coincides with its reference."""
    return Pose(np.zeros(3), np.eye(3))


@dataclass
class Mounting:
    """The settings that franka_ros2's /service_server changes.

    Attributes:
        nominal_in_flange: F_T_NE, the end effector's frame as Desk knows it; here the hand's tool frame.
        tool_in_nominal: NE_T_EE, from `set_tcp_frame`.
        stiffness_in_tool: EE_T_K, from `set_stiffness_frame`.
        end_effector: the hand itself.
        load: from `set_load`.
    """

    nominal_in_flange: Pose
    tool_in_nominal: Pose = field(default_factory=identity)
    stiffness_in_tool: Pose = field(default_factory=identity)
    end_effector: RigidLoad = field(default_factory=RigidLoad)
    load: RigidLoad = field(default_factory=RigidLoad)

    def __post_init__(self) -> None:
        self._known: tuple[Pose | None, Pose | None, Array | None] = (None, None, None)

    @property
    def tool_in_flange(self) -> Pose:
        """F_T_EE."""
        return self.nominal_in_flange @ self.tool_in_nominal

    @property
    def stiffness_in_flange(self) -> Pose:
        """F_T_K."""
        return self.tool_in_flange @ self.stiffness_in_tool

    @property
    def stiffness_from_nominal_m(self) -> Array | None:
        """From the nominal end effector's origin to the stiffness frame's, in the flange's axes (3,); None: no way.

        It is calculated anew when one of the frames is replaced, since it is asked for a hundred times a second.
        """
        frames = self.tool_in_nominal, self.stiffness_in_tool
        if frames[0] is not self._known[0] or frames[1] is not self._known[1]:
            offset_m = self.nominal_in_flange.rotation @ (frames[0] @ frames[1]).position_m
            self._known = *frames, offset_m if offset_m.any() else None
        return self._known[2]
