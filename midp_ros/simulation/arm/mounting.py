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
        self._composed_of: tuple[Pose | None, Pose | None] = (None, None)

    @property
    def tool_in_flange(self) -> Pose:
        """F_T_EE."""
        return self._composed.tool_in_flange

    @property
    def stiffness_in_flange(self) -> Pose:
        """F_T_K."""
        return self._composed.stiffness_in_flange

    @property
    def tool_from_nominal_m(self) -> Array | None:
        """From the nominal end effector's origin to the tool frame's, in the flange's axes (3,); None: no way."""
        return self._composed.tool_from_nominal_m

    @property
    def stiffness_from_nominal_m(self) -> Array | None:
        """From the nominal end effector's origin to the stiffness frame's, in the flange's axes (3,); None: no way."""
        return self._composed.stiffness_from_nominal_m

    @property
    def _composed(self) -> _Composed:
        """Anew when one of the frames is replaced, since each state asks for all of them."""
        frames = self.tool_in_nominal, self.stiffness_in_tool
        if frames[0] is not self._composed_of[0] or frames[1] is not self._composed_of[1]:
            self._composed_of, self._known = frames, _Composed(self.nominal_in_flange, *frames)
        return self._known


class _Composed:
    """Frames one after the other."""

    def __init__(self, nominal_in_flange: Pose, tool_in_nominal: Pose, stiffness_in_tool: Pose):
        self.tool_in_flange = nominal_in_flange @ tool_in_nominal
        self.stiffness_in_flange = self.tool_in_flange @ stiffness_in_tool
        axes = nominal_in_flange.rotation
        self.tool_from_nominal_m = _way(axes @ tool_in_nominal.position_m)
        self.stiffness_from_nominal_m = _way(axes @ (tool_in_nominal @ stiffness_in_tool).position_m)


def _way(offset_m: Array) -> Array | None:
    return offset_m if offset_m.any() else None
