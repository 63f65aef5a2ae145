"""What the commands lead into: the table by its height, or a thing of the scene; imports core and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.blackbox.recording import BoxRecording, Series
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.clearance import TABLE, Clearance

BEFORE_S = 0.1  # of the collision


def leads_into(seen: BoxRecording, policy: BoxRecording | None, commands: Series, time_s: float) -> str:
    """How commands lead into the table, in words; empty where they do not.

    Args:
        commands: about the time of a collision, and for a moment more.
    """
    contract = seen.contract or (policy.contract if policy else None)
    height_m = contract.with_known_limits().table_height_m if contract else None
    positions = commands.values[0][np.isfinite(commands.values[0]).all(axis=1)]
    if height_m is None or not len(positions):
        return ""
    clearance = Clearance(ArmModel(seen.profile), height_m)
    gaps = [gap for q in positions for gap in clearance.gaps(q) if gap.second == TABLE]
    deepest = min(gaps, key=lambda gap: gap.distance_m - min(gap.least_m, 0.0), default=None)
    if deepest is None or deepest.distance_m >= min(deepest.least_m, 0.0):
        return ""
    return f"the commands lead {deepest.first} {-1000 * deepest.distance_m:.0f} mm below the table's plane"


def nearest_thing(seen: BoxRecording, setpoints: Series, time_s: float) -> str:
    """The thing of the scene that is nearest to the tool at a time [s], in words; empty where none is known."""
    poses = next((poses for t, poses in reversed(seen.scene) if t <= time_s), {})
    commands = setpoints.between(time_s - BEFORE_S, time_s).values[0]
    commands = commands[np.isfinite(commands).all(axis=1)]
    if not poses or not len(commands):
        return ""
    tool_m = ArmModel(seen.profile).forward(commands[-1]).position_m
    away = {name: float(np.linalg.norm(np.array(pose[:3]) - tool_m)) for name, pose in poses.items()}
    name = min(away, key=away.__getitem__)
    return f"{name} is {100 * away[name]:.1f} cm from the tool, the nearest thing that is known"
