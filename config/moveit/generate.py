"""Writes each robot's files in config/moveit from config/robots: python config/moveit/generate.py.

No limit and no pair of links is written twice by hand. Of MoveIt's URDF, which has the bodies of the profile as its
collision geometry, nothing is kept: midp_ros.planning.moveit.description makes it when MoveIt starts.
"""

from __future__ import annotations

from pathlib import Path

from midp_ros.kinematics import RobotProfile
from midp_ros.planning.moveit.description import GROUP, self_collision_link, solid_links

HERE = Path(__file__).parent
ROBOTS = ("fr3", "panda")


def semantic(profile: RobotProfile) -> str:
    """The SRDF: one group, the ready pose, and which links are compared with which.

    Links with the names of self-collision links carry the volumes that the robot itself compares; they meet nothing
    but each other. The others are for obstacles, and meet nothing of the arm.
    """
    name, volumes = profile.own_type, profile.volumes
    assert volumes is not None
    lines = ['<?xml version="1.0"?>', f"<!-- Written by generate.py from config/robots/{profile.name}.yaml. -->"]
    lines += [f'<robot name="{name}">', f'  <group name="{GROUP}">']
    lines += [f'    <chain base_link="{profile.base_frame}" tip_link="{profile.tool_frame}"/>', "  </group>"]
    lines += [f'  <group_state name="ready" group="{GROUP}">']
    pairs = zip(profile.joint_names, profile.ready_rad, strict=True)
    lines += [f'    <joint name="{joint}" value="{value:.12g}"/>' for joint, value in pairs]
    lines += ["  </group_state>"]
    links = sorted({capsule.link for capsule in volumes.capsules})
    lines += [f'  <disable_default_collisions link="{self_collision_link(profile, link)}"/>' for link in links]
    for link, others in volumes.pairs.items():
        for other in others:
            one, two = self_collision_link(profile, link), self_collision_link(profile, other)
            lines += [f'  <enable_collisions link1="{one}" link2="{two}"/>']
    solid = solid_links(profile)
    for number, link in enumerate(solid):
        for other in solid[number + 1 :]:
            lines += [
                f'  <disable_collisions link1="{link}" link2="{other}" reason="{self_collision_link(profile, "*")}"/>'
            ]
    return "\n".join([*lines, "</robot>"]) + "\n"


def kinematics(profile: RobotProfile) -> str:
    """kinematics.yaml."""
    return f"""# Written by generate.py.
{GROUP}:
  kinematics_solver: kdl_kinematics_plugin/KDLKinematicsPlugin
  kinematics_solver_search_resolution: 0.005
  kinematics_solver_timeout: 0.05    # [s]
"""


def joint_limits(profile: RobotProfile) -> str:
    """joint_limits.yaml: positions come with the URDF."""
    lines = [
        f"# Written by generate.py from config/robots/{profile.name}.yaml [rad/s], [rad/s^2], [rad/s^3].",
        "joint_limits:",
    ]
    for i, joint in enumerate(profile.joint_names):
        lines += [f"  {joint}:"]
        for kind, values in (
            ("velocity", profile.velocity_max_rad_s),
            ("acceleration", profile.acceleration_max_rad_s2),
            ("jerk", profile.jerk_max_rad_s3),
        ):
            lines += [f"    has_{kind}_limits: true", f"    max_{kind}: {float(values[i])}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for robot in ROBOTS:
        loaded, folder = RobotProfile.load(robot), HERE / robot
        folder.mkdir(exist_ok=True)
        (folder / f"{robot}.srdf").write_text(semantic(loaded))
        (folder / "kinematics.yaml").write_text(kinematics(loaded))
        (folder / "joint_limits.yaml").write_text(joint_limits(loaded))
        print(f"wrote config/moveit/{robot}")
