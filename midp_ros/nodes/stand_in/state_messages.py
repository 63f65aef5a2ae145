"""The messages of the robot's state in bytes, each filled on demand; imports simulation and rclpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from midp_ros.core.pose import Pose
from midp_ros.kinematics.links import pose_numbers
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.nodes.ros.packed_message import PackedMessage
from midp_ros.nodes.stand_in.robot_state_message import RobotStateMessage
from midp_ros.simulation.arm.arm_state import ArmState

JOINT_FIELDS = ("position", "velocity", "effort")
Fill = Callable[[], PackedMessage]


class StateMessages:
    """Each method gives a template, which fixes type and shape, and a function that fills the message.

    Args:
        profile: with the names that ROS uses.
        root_frame: in which the arm's state is given.
        arm: gives the arm's present state; asked at most once between two calls of `look`.
        width_m: gives the gripper's present opening [m].
    """

    def __init__(
        self, profile: RobotProfile, root_frame: str, arm: Callable[[], ArmState], width_m: Callable[[], float]
    ):
        self._profile, self._arm, self._width_m = profile, arm, width_m
        self._state = RobotStateMessage(profile, root_frame)
        self._seen = False

    def look(self) -> None:
        """Marks the state as a new one."""
        self._seen = False

    def whole(self) -> tuple[Any, Fill]:
        """FrankaRobotState."""
        return self._state.template, self._filled

    def part(self, field: str) -> tuple[Any, Fill]:
        """One message in FrankaRobotState, with its frame."""
        template = getattr(self._state.template, field)
        return template, self._copy(template, field)

    def arm_joints(self) -> tuple[JointState, Fill]:
        """Measured joints, without a frame as joint_state_broadcaster has it."""
        template = joint_state(self._profile.joint_names)
        return template, self._copy(template, "measured_joint_state")

    def all_joints(self) -> tuple[JointState, Fill]:
        """Arm and fingers; the fingers' velocity and effort are zero, as franka_gripper has it."""
        names = self._profile.joint_names
        template = joint_state((*names, *self._profile.finger_joint_names))
        packed, measured = PackedMessage(template), self._state.packed
        rows = [(packed.numbers(f), measured.numbers(f"measured_joint_state.{f}")) for f in JOINT_FIELDS]
        fingers = packed.numbers("position")[len(names) :]

        def fill() -> PackedMessage:
            self._filled()
            for row, source in rows:
                row[: len(names)] = source
            fingers[:] = self._width_m() / 2
            return packed

        return template, fill

    def fingers(self) -> tuple[JointState, Fill]:
        """Both finger joints: half of the opening each."""
        template = joint_state(self._profile.finger_joint_names)
        packed = PackedMessage(template)
        position = packed.numbers("position")

        def fill() -> PackedMessage:
            position[:] = self._width_m() / 2
            return packed

        return template, fill

    def task_pose(self, pose: Callable[[], Pose]) -> tuple[PoseStamped, Fill]:
        """A pose in the arm's base frame."""
        template = PoseStamped()
        template.header.frame_id = self._profile.base_frame
        packed = PackedMessage(template)
        numbers = packed.numbers("pose")

        def fill() -> PackedMessage:
            numbers[:] = pose_numbers(pose())
            return packed

        return template, fill

    def _filled(self) -> PackedMessage:
        if not self._seen:
            self._state.fill(self._arm())
            self._seen = True
        return self._state.packed

    def _copy(self, template: Any, field: str) -> Fill:
        packed = PackedMessage(template)
        to, source = packed.indices(""), self._state.packed.indices(field)

        def fill() -> PackedMessage:
            packed.doubles[to] = self._filled().doubles[source]
            return packed

        return fill


def joint_state(names: Sequence[str]) -> JointState:
    """A joint state of these joints, all zero."""
    zeros = [0.0] * len(names)
    return JointState(name=list(names), position=zeros, velocity=zeros, effort=zeros)
