"""Names of an arm's joints and links under ROS; imports core only."""

from __future__ import annotations

from dataclasses import replace

from midp_ros.kinematics.profile import RobotProfile

BASE = "base"


def link_prefix(robot_type: str, arm_prefix: str) -> str:
    """`fr3_`, or `left_fr3_` with the arm prefix `left` (franka_description's robots/fr3/fr3.urdf.xacro)."""
    return f"{arm_prefix}_{robot_type}_" if arm_prefix else f"{robot_type}_"


def arm_controller(profile: RobotProfile, robot_type: str = "") -> str:
    """The joint_trajectory_controller's name in Franka's MoveIt configuration: `fr3_arm_controller`."""
    return f"{robot_type or profile.own_type}_arm_controller"


def named(profile: RobotProfile, robot_type: str = "", arm_prefix: str = "") -> RobotProfile:
    """The profile with the names of another robot type (empty: its own) and an arm prefix.

    The fingers go without the arm prefix, as franka_gripper's launch file has it.
    """
    robot_type = robot_type or profile.own_type
    prefix = link_prefix(robot_type, arm_prefix)

    def renamed(name: str, start: str = prefix) -> str:
        return start + name.removeprefix(f"{profile.own_type}_")

    return replace(
        profile,
        joint_names=tuple(renamed(n) for n in profile.joint_names),
        finger_joint_names=tuple(renamed(n, f"{robot_type}_") for n in profile.finger_joint_names),
        base_frame=renamed(profile.base_frame),
        flange_frame=renamed(profile.flange_frame),
        hand_frame=renamed(profile.hand_frame),
        tool_frame=renamed(profile.tool_frame),
    )


def described(profile: RobotProfile, root_frame: str, robot_type: str = "", arm_prefix: str = "") -> str:
    """The URDF with these names, standing on `root_frame` as franka_description's robots stand on `base`."""
    prefix = link_prefix(robot_type or profile.own_type, arm_prefix)
    text = profile.urdf_path.read_text().replace(f'"{profile.own_type}_', f'"{prefix}')
    if root_frame == profile.base_frame:
        return text
    root = f'  <link name="{root_frame}"/>\n  <joint name="{prefix}{root_frame}_joint" type="fixed">'
    root += f'<parent link="{root_frame}"/><child link="{prefix}link0"/></joint>\n</robot>'
    return text.replace("</robot>", root)


def frame_names(frame: str, profile: RobotProfile) -> tuple[str, ...]:
    """Names under which the graph may know a contract's frame, the one on /tf first.

    `base`, `flange`, `hand` and `tool` are the robot's, whatever its names; any other frame is called as it is called.

    Args:
        profile: with the names that ROS uses.
    """
    if frame == BASE:  # franka_description stands link0 on a link `base`, in the same place
        return tuple(dict.fromkeys((profile.base_frame, BASE, profile.root_frame)))
    links = {"flange": profile.flange_frame, "hand": profile.hand_frame, "tool": profile.tool_frame}
    return (links.get(frame, frame),)
