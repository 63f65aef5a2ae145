"""Writes fr3.urdf and panda.urdf from config/robots/*.yaml; no limit is written twice: python urdf/generate.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PI = "1.5707963267948966"
# Joint origins (xyz [m], roll [rad]) of the Craig DH parameters in Franka's documentation: a, alpha, d per joint.
ORIGINS = [
    ("0 0 0.333", "0"), ("0 0 0", f"-{PI}"), ("0 -0.316 0", PI), ("0.0825 0 0", PI),
    ("-0.0825 0.384 0", f"-{PI}"), ("0 0 0", PI), ("0.088 0 0", PI),
]
# Masses [kg] and centres of mass [m] of pybullet_data's Panda; inertias of solid bodies of about that size [kg m^2].
MASSES = [
    (2.9, "0 0 0.05"), (2.7, "0 -0.04 -0.05"), (2.73, "0 -0.04 0.06"), (2.04, "0.01 0.01 -0.05"),
    (2.08, "-0.03 0.03 0.02"), (3.0, "0 0.04 -0.12"), (1.3, "0.04 0 0"), (0.2, "0 0 0.08"),
]
MESHES = "package://pybullet_data/franka_panda/meshes"  # the simulation puts the installed folder in this place
FINGER_START_M = 0.0584  # hand to finger joint, franka_description
TOOL_M = 0.1034  # hand to tool frame (hand_tcp), franka_description
FINGER_SPEED_M_S = 0.2


def inertial(mass: float, centre: str, inertia: float) -> str:
    """One <inertial>."""
    return (
        f'    <inertial><origin xyz="{centre}"/><mass value="{mass}"/>'
        f'<inertia ixx="{inertia}" ixy="0" ixz="0" iyy="{inertia}" iyz="0" izz="{inertia}"/></inertial>\n'
    )


def visual(mesh: str, roll_pitch_yaw: str = "0 0 0") -> str:
    """One <visual> mesh."""
    return (
        f'    <visual><origin rpy="{roll_pitch_yaw}"/><geometry><mesh filename="{MESHES}/{mesh}"/></geometry>'
        '<material name="white"><color rgba="0.92 0.92 0.92 1"/></material></visual>\n'
    )


def box(size: str, centre: str) -> str:
    """One <collision> box."""
    return f'    <collision><origin xyz="{centre}"/><geometry><box size="{size}"/></geometry></collision>\n'


def link(name: str, body: str = "") -> str:
    """One <link>."""
    return f'  <link name="{name}">\n{body}  </link>\n' if body else f'  <link name="{name}"/>\n'


def joint(name: str, kind: str, parent: str, child: str, origin: str, extra: str = "") -> str:
    """One <joint>."""
    return (
        f'  <joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
        f"<origin {origin}/>{extra}</joint>\n"
    )


def robot(profile: dict[str, Any]) -> str:
    """The whole URDF of one profile."""
    prefix = profile["name"]
    parts = [f'<?xml version="1.0"?>\n<!-- Written by urdf/generate.py; see SOURCE.md. -->\n<robot name="{prefix}">\n']
    for i, (mass, centre) in enumerate(MASSES):
        mesh = f"collision/link{i}.obj" if i in (0, 7) else f"visual/link{i}.obj"
        parts.append(link(f"{prefix}_link{i}", inertial(mass, centre, round(0.01 * mass, 4)) + visual(mesh)))
    parts.append(link(f"{prefix}_link8", inertial(0.0, "0 0 0", 0.0)))
    for i, (xyz, roll) in enumerate(ORIGINS):
        limit = (
            f'<axis xyz="0 0 1"/><limit lower="{profile["position_min_rad"][i]}" '
            f'upper="{profile["position_max_rad"][i]}" velocity="{profile["velocity_max_rad_s"][i]}" '
            f'effort="{profile["torque_max_nm"][i]}"/>'
        )
        origin = f'xyz="{xyz}" rpy="{roll} 0 0"'
        parts.append(
            joint(profile["joint_names"][i], "revolute", f"{prefix}_link{i}", f"{prefix}_link{i + 1}", origin, limit)
        )
    parts.append(joint(f"{prefix}_joint8", "fixed", f"{prefix}_link7", f"{prefix}_link8", 'xyz="0 0 0.107"'))
    parts.append(
        link(
            f"{prefix}_hand",
            inertial(0.73, "0 0 0.03", 0.002) + visual("visual/hand.obj") + box("0.04 0.2 0.06", "0 0 0.035"),
        )
    )
    parts.append(
        joint(f"{prefix}_hand_joint", "fixed", f"{prefix}_link8", f"{prefix}_hand", 'rpy="0 0 -0.7853981633974483"')
    )
    upper = profile["gripper_width_max_m"] / 2
    for side, sign, yaw in (("left", 1, "0"), ("right", -1, "3.141592653589793")):
        body = inertial(0.03, "0 0 0.03", 0.0001) + visual("visual/finger.obj", f"0 0 {yaw}")
        body += box("0.02 0.012 0.02", f"0 {sign * 0.006} 0.0435")  # the rubber tip; its face lies at y = 0
        parts.append(link(f"{prefix}_{side}finger", body))
        limit = f'<axis xyz="0 {sign} 0"/><limit lower="0" upper="{upper}" velocity="{FINGER_SPEED_M_S}" effort="70"/>'
        name = profile["finger_joint_names"][0 if sign > 0 else 1]
        origin = f'xyz="0 0 {FINGER_START_M}"'
        parts.append(joint(name, "prismatic", f"{prefix}_hand", f"{prefix}_{side}finger", origin, limit))
    parts.append(link(profile["tool_frame"], inertial(0.0, "0 0 0", 0.0)))
    parts.append(
        joint(f"{prefix}_hand_tcp_joint", "fixed", f"{prefix}_hand", profile["tool_frame"], f'xyz="0 0 {TOOL_M}"')
    )
    return "".join(parts) + "</robot>\n"


if __name__ == "__main__":
    for path in sorted((HERE.parent / "config" / "robots").glob("*.yaml")):
        data = yaml.safe_load(path.read_text())
        (HERE / data["urdf"]).write_text(robot(data))
        print(f"wrote urdf/{data['urdf']}")
