"""A monitor of the measured joints and tool; imports kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics.model import ArmModel
from midp_ros.simulation.safety.tool_speed import may_be_too_fast, tool_speed_violation
from midp_ros.simulation.safety.violation import Violation

# Beyond the limits of commands: an arm that is commanded to a limit oscillates about it. Not published by Franka.
POSITION_ROOM_RAD = 0.01
VELOCITY_ROOM_RAD_S = 0.1
# So far from both ends of its range a joint is well within all limits, as long as it moves slower than it may there.
AWAY_RAD = 0.2


class MeasuredMonitor:
    """Limits on measured joint positions and velocities and on the tool's speed.

    Args:
        position_room_rad, velocity_room_rad_s: margins beyond the commands' limits.
    """

    def __init__(
        self,
        model: ArmModel,
        position_room_rad: float = POSITION_ROOM_RAD,
        velocity_room_rad_s: float = VELOCITY_ROOM_RAD_S,
    ):
        self._model = model
        self._lowest_rad = model.profile.position_min_rad - position_room_rad
        self._highest_rad = model.profile.position_max_rad + position_room_rad
        self._velocity_room_rad_s = velocity_room_rad_s
        low, high = model.profile.position_min_rad + AWAY_RAD, model.profile.position_max_rad - AWAY_RAD
        self._middle_rad, self._away_rad = (low + high) / 2, (high - low) / 2
        slowest, fastest = model.profile.velocity_range(low, high)
        self._calm_rad_s = np.minimum(-slowest, fastest)
        self._away_range_rad = list(zip(low.tolist(), high.tolist(), strict=True))
        tool_rad_s = model.profile.tool_speed_max_m_s / float(model.lever_m.sum())
        self._all_calm_rad_s = min(float(self._calm_rad_s.min()), tool_rad_s)

    def calm(self, position_rad: list[float], highest_rad_s: float, lasted_s: float) -> bool:
        """Whether `check` would surely find nothing, from a few plain numbers that are quickly compared.

        Args:
            position_rad: at the end (joints,).
            highest_rad_s: speed of the fastest joint at any time.
            lasted_s: how long it took until then.
        """
        if not highest_rad_s < self._all_calm_rad_s:
            return False
        moved_rad = highest_rad_s * lasted_s
        ranges = zip(position_rad, self._away_range_rad, strict=True)
        return all(low + moved_rad < q < high - moved_rad for q, (low, high) in ranges)

    def check(self, position_rad: Array, velocity_rad_s: Array) -> Violation | None:
        """The first violation in measured joint positions and velocities, both (n, joints)."""
        if self._surely(position_rad, velocity_rad_s):
            return None
        found = [
            self._positions(position_rad),
            self._velocities(position_rad, velocity_rad_s),
            tool_speed_violation(self._model, position_rad, velocity_rad_s, "the tool moved at"),
        ]
        violations = [violation for violation in found if violation is not None]
        if not violations:
            return None
        first = min(violation.index for violation in violations)
        together = [violation for violation in violations if violation.index == first]
        return Violation(first, frozenset().union(*(v.errors for v in together)), together[0].reason)

    def _surely(self, position_rad: Array, velocity_rad_s: Array) -> bool:
        """Whether bounds that are quick to compare show that no limit is near; the limits fall towards the ends."""
        speed_rad_s = np.abs(velocity_rad_s)
        slow = (speed_rad_s <= self._calm_rad_s) & (np.abs(position_rad - self._middle_rad) <= self._away_rad)
        return bool(slow.all()) and not may_be_too_fast(self._model, speed_rad_s)

    def _positions(self, position_rad: Array) -> Violation | None:
        inside = (position_rad >= self._lowest_rad) & (position_rad <= self._highest_rad)
        if inside.all():
            return None
        index, joint = np.argwhere(~inside)[0]
        profile = self._model.profile
        reason = (
            f"{profile.joint_names[joint]} is at {position_rad[index, joint]:.6g} rad; its range is "
            f"{profile.position_min_rad[joint]:g} to {profile.position_max_rad[joint]:g} rad"
        )
        return Violation(int(index), frozenset({"joint_position_limits_violation"}), reason)

    def _velocities(self, position_rad: Array, velocity_rad_s: Array) -> Violation | None:
        slowest, fastest = self._model.profile.velocity_range(position_rad)
        room = self._velocity_room_rad_s
        inside = (velocity_rad_s >= slowest - room) & (velocity_rad_s <= fastest + room)
        if inside.all():
            return None
        index, joint = np.argwhere(~inside)[0]
        velocity = velocity_rad_s[index, joint]
        bound = (fastest if velocity > 0 else slowest)[index, joint]
        reason = (
            f"{self._model.profile.joint_names[joint]} moved at {velocity:.6g} rad/s at "
            f"{position_rad[index, joint]:.4g} rad; the limit there is {bound:.6g} rad/s"
        )
        return Violation(int(index), frozenset({"joint_velocity_violation"}), reason)
