"""Contact guard: whether the motion under way presses so hard that the robot's own collision reflex is near.

    force
      |. . . . . . . . . . . . . . . .  collision: the robot stops by itself, with an error
      |                        .
      |- - - - - - - - - - .- - - - -   share of it: what would pass it before a stop takes effect, is stopped now
      |               *
      |__________*___________________ time

An arm under impedance control presses with stiffness times the lead of the commanded over the measured position, and
with damping times that of the velocity. A stop bounds both. Imports core and kinematics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics.profile import RobotProfile

FEEL_S = 0.01  # between two looks at the forces; the stand-in publishes them, and filters them, at that rate
SHARE = 0.75  # of a collision's threshold that must not be passed
CONTACT_SHARE = 0.15  # below this the estimate's own errors look like a contact that begins: some newtons on a real arm
STOPPING_S = 0.03  # from the beginning of a stop to where the force rises no more
AHEAD_S = 0.05  # of the motion after that: whether it goes on into the contact
APART_S, STALE_S = 0.005, 0.1  # least and longest time between two measurements that a rate is taken of
LEAST_WORK_J = 1e-4  # against the external torques: 40 N over 2.5 um, less is rounding
WRENCH = ("force x", "force y", "force z", "torque x", "torque y", "torque z")


@dataclass(frozen=True)
class ExternalForces:
    """What the robot estimates of its contacts; positive for what it exerts on its surroundings, as in libfranka.

    Attributes:
        time_s: of the measurement, on any clock [s].
        torque_nm: tau_ext_hat_filtered (joints,).
        wrench: O_F_ext_hat_K (6,), forces [N] first, then torques [Nm].
    """

    time_s: float
    torque_nm: Array
    wrench: Array


class ContactGuard:
    """Judges external torques and wrench by the profile's collision thresholds.

    Args:
        share: of these thresholds, from which a motion may press no further; 0 lets it.
    """

    def __init__(self, profile: RobotProfile, share: float = SHARE):
        self._share = share
        self._thresholds = np.concatenate([profile.collision_torque_nm, profile.collision_wrench])
        self._names = [*(f"external torque of {name}" for name in profile.joint_names), *WRENCH]
        self._units = ["Nm"] * profile.joints + ["N"] * 3 + ["Nm"] * 3
        self.forget()

    def forget(self) -> None:
        """Nothing is felt."""
        self._felt: ExternalForces | None = None
        self._shares = self._rates = np.zeros_like(self._thresholds)

    def feel(self, felt: ExternalForces) -> None:
        """Takes a measurement in; one that is repeated counts once."""
        if self._felt is not None and 0.0 <= felt.time_s - self._felt.time_s < APART_S:
            return
        shares = np.abs(np.concatenate([felt.torque_nm, felt.wrench])) / self._thresholds
        apart_s = np.inf if self._felt is None else felt.time_s - self._felt.time_s
        rising = np.maximum(0.0, shares - self._shares)
        self._rates = rising / apart_s if 0.0 < apart_s < STALE_S else np.zeros_like(shares)
        self._felt, self._shares = felt, shares

    def near(self, lead_s: float) -> str:
        """Which threshold is near by the time that a stop takes effect, if it begins so much later; empty: none.

        Args:
            lead_s: from now to the stop's beginning [s].
        """
        if self._share == 0.0 or self._felt is None:
            return ""
        expected = self._shares + self._rates * (lead_s + STOPPING_S)
        worst = int(np.argmax(np.where(self._shares < CONTACT_SHARE, 0.0, expected)))
        if self._shares[worst] < CONTACT_SHARE or expected[worst] < self._share:
            return ""
        value, threshold = (float(s * self._thresholds[worst]) for s in (self._shares[worst], 1.0))
        return f"{self._names[worst]} is {value:.3g} {self._units[worst]} of {threshold:g}"

    def presses(self, moved_rad: Array) -> bool:
        """Whether a motion by so much (joints,) goes on into the contact: it does work against what is felt."""
        return self._felt is not None and float(self._felt.torque_nm @ moved_rad) > LEAST_WORK_J
