"""Joint positions beyond a range, in words; imports core."""

from __future__ import annotations

from midp_ros.core.arrays import Array
from midp_ros.kinematics.profile import RobotProfile


def outside(
    profile: RobotProfile, position_rad: Array, low_rad: Array, high_rad: Array, beyond_rad: float = 0.0
) -> str:
    """Each joint whose position [rad] is more than `beyond_rad` beyond its range, with the range; empty where none is.

    All arrays are (joints,); NaN is beyond any range.
    """
    rows = zip(profile.joint_names, position_rad, low_rad, high_rad, strict=True)
    return "; ".join(
        f"{name} = {position:.5g} rad, limits {low:.5g} to {high:.5g}"
        for name, position, low, high in rows
        if not low - beyond_rad <= position <= high + beyond_rad
    )
