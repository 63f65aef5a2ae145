"""What the robot's joints and links are called on this graph, by parameters as franka_bringup has them."""

from __future__ import annotations

from dataclasses import dataclass

from rclpy.node import Node

from midp_ros.core.contract import Contract
from midp_ros.kinematics.naming import arm_controller, described, named
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.kinematics.robot_match import require_robot
from midp_ros.nodes.ros.parameters import Parameter, value

NAMES = (
    Parameter("robot_type", "", "start of joint and link names; empty means the robot profile's name"),
    Parameter("arm_prefix", "", "goes before the robot type, with an underscore"),
)
PARAMETERS = (
    *NAMES,
    Parameter("root_frame", "", "link that the arm stands on, in which its state is given; empty: the profile's"),
)


@dataclass(frozen=True)
class RobotNames:
    """Names and description of one robot.

    Attributes:
        profile: with the names that ROS uses.
        root_frame: the link that the arm stands on.
        urdf: its description with these names.
    """

    profile: RobotProfile
    root_frame: str
    urdf: str


def robot_names(node: Node, profile: RobotProfile) -> RobotNames:
    """From the node's parameters."""
    names = value(node, "robot_type"), value(node, "arm_prefix")
    root_frame = value(node, "root_frame") or profile.root_frame
    return RobotNames(named_profile(node, profile), root_frame, described(profile, root_frame, *names))


def driven_profile(node: Node, contract: Contract) -> RobotProfile:
    """The profile of the robot that is driven, with its own names, by the parameter `robot`; empty: the contract's.

    Raises:
        ContractMismatchError: it is not the robot of the contract.
        UnknownNameError, FileFormatError: there is no such profile.
    """
    profile = RobotProfile.load(value(node, "robot") or contract.robot)
    require_robot(contract.robot, profile, value(node, "robot_type"))
    return profile


def named_profile(node: Node, profile: RobotProfile) -> RobotProfile:
    """The profile with the names that the node's parameters `NAMES` give it."""
    return named(profile, value(node, "robot_type"), value(node, "arm_prefix"))


def arm_controller_name(node: Node, profile: RobotProfile) -> str:
    """The joint_trajectory_controller's name by the parameter `arm_controller`; empty means the robot type's."""
    return value(node, "arm_controller") or arm_controller(profile, value(node, "robot_type"))
