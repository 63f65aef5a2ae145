"""Contacts and collisions, from the external torques and the external wrench; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.simulation.safety.violation import Violation

WRENCH_NAMES = ("force x", "force y", "force z", "torque x", "torque y", "torque z")
WRENCH_UNITS = ("N", "N", "N", "Nm", "Nm", "Nm")


class ThresholdError(MidpError):
    """Collision thresholds that the robot would refuse."""


@dataclass(frozen=True)
class CollisionThresholds:
    """The thresholds of set_force_torque_collision_behavior: lower ones report a contact, upper ones stop the arm.

    Attributes:
        contact_torque_nm, collision_torque_nm: of the external joint torques (joints,).
        contact_wrench, collision_wrench: of the external wrench (6,), forces [N] first, then torques [Nm].
    """

    contact_torque_nm: Array
    collision_torque_nm: Array
    contact_wrench: Array
    collision_wrench: Array

    def __post_init__(self) -> None:
        for name, size in (("torque_nm", len(self.contact_torque_nm)), ("wrench", 6)):
            lower, upper = getattr(self, f"contact_{name}"), getattr(self, f"collision_{name}")
            for values in (lower, upper):
                if values.shape != (size,) or not (np.isfinite(values).all() and (values > 0).all()):
                    raise ThresholdError(f"{name} thresholds must be {size} positive numbers, got {values.tolist()}")
            if (lower > upper).any():
                raise ThresholdError(f"{name}: lower thresholds {lower.tolist()} exceed the upper {upper.tolist()}")

    @cached_property
    def contacts(self) -> list[float]:
        """Those that report a contact, of the torques and then of the wrench (joints + 6,)."""
        return [*self.contact_torque_nm.tolist(), *self.contact_wrench.tolist()]

    @classmethod
    def of(
        cls,
        lower_torque_nm: ArrayLike,
        upper_torque_nm: ArrayLike,
        lower_wrench: ArrayLike,
        upper_wrench: ArrayLike,
    ) -> CollisionThresholds:
        """The thresholds from plain numbers, in the service's order; raises ThresholdError."""
        return cls(*(np.asarray(v, float) for v in (lower_torque_nm, upper_torque_nm, lower_wrench, upper_wrench)))

    @classmethod
    def default(cls, profile: RobotProfile) -> CollisionThresholds:
        """The profile's thresholds."""
        return cls(
            profile.contact_torque_nm, profile.collision_torque_nm, profile.contact_wrench, profile.collision_wrench
        )


class CollisionMonitor:
    """Compares magnitudes with the thresholds.

    A contact is reported while it lasts; a collision until `reset`, which error recovery does (libfranka's RobotState).

    Attributes:
        joint_contact, joint_collision: (joints,).
        cartesian_contact, cartesian_collision: (6,).
    """

    def __init__(self, profile: RobotProfile):
        self._joint_names = profile.joint_names
        self.thresholds = CollisionThresholds.default(profile)
        self.reset()

    def reset(self) -> None:
        """Forgets every contact and collision."""
        self._none = np.zeros(len(self._joint_names), bool), np.zeros(6, bool)
        self.joint_contact, self.joint_collision = np.zeros((2, len(self._joint_names)), bool)
        self.cartesian_contact, self.cartesian_collision = np.zeros((2, 6), bool)

    def check(self, external_torque_nm: Array, wrench: Array) -> Violation | None:
        """Judges external torques (n, joints) and wrenches (n, 6) and updates the indicators.

        Returns:
            The first collision: joint_reflex, cartesian_reflex or both.
        """
        if self._untouched(external_torque_nm, wrench):  # as nearly always
            self.joint_contact, self.cartesian_contact = self._none
            return None
        torque, force, limits = np.abs(external_torque_nm), np.abs(wrench), self.thresholds
        self.joint_contact = torque[-1] > limits.contact_torque_nm
        self.cartesian_contact = force[-1] > limits.contact_wrench
        in_joints, in_space = torque > limits.collision_torque_nm, force > limits.collision_wrench
        self.joint_collision = self.joint_collision | in_joints.any(axis=0)
        self.cartesian_collision = self.cartesian_collision | in_space.any(axis=0)
        hit = in_joints.any(axis=1) | in_space.any(axis=1)
        if not hit.any():
            return None
        index = int(np.argmax(hit))
        errors = {"joint_reflex": in_joints[index].any(), "cartesian_reflex": in_space[index].any()}
        reason = self._reason(external_torque_nm[index], in_joints[index], wrench[index], in_space[index])
        return Violation(index, frozenset(name for name, set_ in errors.items() if set_), reason)

    def _untouched(self, external_torque_nm: Array, wrench: Array) -> bool:
        """Whether all are below the contacts' thresholds; a few plain numbers are compared faster than arrays."""
        samples = zip(external_torque_nm.tolist(), wrench.tolist(), strict=True)
        contacts = self.thresholds.contacts
        return all(-c < x < c for torque, force in samples for x, c in zip(torque + force, contacts, strict=True))

    def _reason(
        self, torque_nm: Array, in_joints: NDArray[np.bool_], wrench: Array, in_space: NDArray[np.bool_]
    ) -> str:
        limits = self.thresholds
        if in_joints.any():
            names: Sequence[str] = [f"{name}'s external torque" for name in self._joint_names]
            i, values, upper, unit = int(np.argmax(in_joints)), torque_nm, limits.collision_torque_nm, "Nm"
        else:
            names = [f"the external {name}" for name in WRENCH_NAMES]
            i, values, upper = int(np.argmax(in_space)), wrench, limits.collision_wrench
            unit = WRENCH_UNITS[i]
        return f"{names[i]} is {values[i]:.4g} {unit}; a collision counts from {upper[i]:g} {unit}"
