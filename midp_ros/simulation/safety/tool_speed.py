"""The limit on the tool's speed, commanded or measured; imports kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics.model import ArmModel
from midp_ros.simulation.safety.violation import Violation


def may_be_too_fast(model: ArmModel, speed_rad_s: Array) -> bool:
    """Whether the tool may be too fast at the joints' speeds (n, joints); not even with every lever at its longest?"""
    return not (speed_rad_s @ model.lever_m).max() < model.profile.tool_speed_max_m_s


def tool_speed_violation(model: ArmModel, position_rad: Array, velocity_rad_s: Array, subject: str) -> Violation | None:
    """The first of joint states (n, joints) at which the tool translates too fast, v = J(q) dq.

    Rotation is not judged: the limit that Franka publishes, 2.5 rad/s, holds for Cartesian commands; the wrist's
    joints alone may turn the tool at 5.26 rad/s.

    Args:
        subject: beginning of the violation's sentence.
    """
    limit_m_s = model.profile.tool_speed_max_m_s
    if not may_be_too_fast(model, np.abs(velocity_rad_s)):
        return None
    jacobians = np.array([model.jacobian(q)[:3] for q in position_rad])
    velocity_m_s = (jacobians @ velocity_rad_s[:, :, None])[:, :, 0]  # (n, 3)
    squared = (velocity_m_s * velocity_m_s).sum(axis=1)
    if squared.max() <= limit_m_s**2:
        return None
    index = int(np.argmax(squared > limit_m_s**2))
    reason = f"{subject} {np.sqrt(squared[index]):.4g} m/s; the limit is {limit_m_s:g} m/s"
    return Violation(index, frozenset({"cartesian_velocity_violation"}), reason)
