"""Joint setpoints at 1 kHz as libfranka's commands; imports kinematics and pylibfranka."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pylibfranka

from midp_ros.core.arrays import Array
from midp_ros.core.errors import UnknownNameError
from midp_ros.kinematics import ArmDynamics, RobotProfile

CYCLE_S = 0.001
# franka_hardware limits the rate of torques to libfranka's kMaxTorqueRate; the robot reports the last ones as floats.
TORQUE_RATE_SHARE = 0.99
# Of inertia / cycle, in damping: from 1 on an explicit controller swings whose measurement is one cycle old.
STEADY_SHARE = 0.5
STEADY_EVERY = 20  # cycles between two looks at the inertia: in them a joint turns by 0.1 rad at most

Row = Sequence[float]


class JointInterface(Protocol):
    """One of libfranka's joint interfaces."""

    def start(self, robot: Any) -> Any:
        """Starts a motion of a pylibfranka.Robot; returns its active control."""

    def begin(self, state: Any) -> Array:
        """A motion has begun with this state; returns where it starts (joints,)."""

    def rows(self, setpoints: tuple[Array, Array, Array]) -> Sequence[Any]:
        """Prepares setpoints, one a cycle: positions, velocities, accelerations, each (cycles, joints)."""

    def command(self, row: Any, state: Any) -> Any:
        """The command of one prepared cycle, for the state before it."""


class PositionInterface:
    """Joint positions, followed by the robot's own joint impedance."""

    def start(self, robot: Any) -> Any:
        """A joint position motion."""
        return robot.start_joint_position_control(pylibfranka.ControllerMode.JointImpedance)

    def begin(self, state: Any) -> Array:
        """Positions continue the desired ones; another start is a reflex."""
        return np.array(state.q_d)

    def rows(self, setpoints: tuple[Array, Array, Array]) -> Sequence[Row]:
        """The positions."""
        rows: Sequence[Row] = setpoints[0].tolist()
        return rows

    def command(self, row: Row, state: Any) -> Any:
        """A position."""
        return pylibfranka.JointPositions(row)


class VelocityInterface:
    """Joint velocities, which the robot integrates: the differences between positions, so that nothing drifts."""

    def start(self, robot: Any) -> Any:
        """A joint velocity motion."""
        return robot.start_joint_velocity_control(pylibfranka.ControllerMode.JointImpedance)

    def begin(self, state: Any) -> Array:
        """The motion starts at the desired positions."""
        self._last_rad = np.array(state.q_d)
        return self._last_rad

    def rows(self, setpoints: tuple[Array, Array, Array]) -> Sequence[Row]:
        """The velocities that lead from each position to the next within a cycle."""
        positions = np.concatenate([self._last_rad[None], setpoints[0]])
        self._last_rad = positions[-1]
        rows: Sequence[Row] = (np.diff(positions, axis=0) / CYCLE_S).tolist()
        return rows

    def command(self, row: Row, state: Any) -> Any:
        """A velocity."""
        return pylibfranka.JointVelocities(row)


class TorqueInterface:
    """Joint torques of a joint impedance, as joint_trajectory_controller has it on its effort interface.

    tau = M(q) ddq_d + C(q, dq) dq + K (q_d - q) + D (dq_d - dq); the robot itself adds g(q). The rate of the torques is
    limited, as franka_hardware does.
    """

    def __init__(self, profile: RobotProfile):
        self._dynamics, self._still = ArmDynamics(profile), np.zeros(profile.joints)
        self._stiffness, self._full_damping = profile.stiffness_nm_rad, profile.damping_nm_s_rad
        self._most_nm = profile.torque_max_nm
        self._most_change_nm = TORQUE_RATE_SHARE * profile.torque_rate_max_nm_s * CYCLE_S

    def start(self, robot: Any) -> Any:
        """A torque motion."""
        return robot.start_torque_control()

    def begin(self, state: Any) -> Array:
        """The motion starts where the arm is."""
        self._last_nm, self._steady_for = np.array(state.tau_J_d), 0
        return np.array(state.q)

    def rows(self, setpoints: tuple[Array, Array, Array]) -> Sequence[tuple[Array, ...]]:
        """Position, velocity and acceleration of each cycle."""
        return list(zip(*setpoints, strict=True))

    def command(self, row: tuple[Array, Array, Array], state: Any) -> Any:
        """A torque."""
        q, dq = np.array(state.q), np.array(state.dq)
        if self._steady_for == 0:
            self._steady(q)
        self._steady_for -= 1
        free = self._dynamics.torque(q, dq, row[2]) - self._dynamics.torque(q, self._still, self._still)
        wanted = free + self._stiffness * (row[0] - q) + self._damping * (row[1] - dq)
        low, high = self._last_nm - self._most_change_nm, self._last_nm + self._most_change_nm
        self._last_nm = np.clip(wanted, np.maximum(low, -self._most_nm), np.minimum(high, self._most_nm))
        return pylibfranka.Torques(self._last_nm.tolist())

    def _steady(self, position_rad: Array) -> None:
        """Less damping where this posture's inertia is too small for all of it."""
        root = np.sqrt(self._full_damping * CYCLE_S)
        inverse = np.linalg.inv(self._dynamics.mass_matrix(position_rad))
        highest = float(np.linalg.eigvalsh(root[:, None] * inverse * root)[-1])
        self._damping, self._steady_for = min(1.0, STEADY_SHARE / highest) * self._full_damping, STEADY_EVERY


MODES = ("position", "velocity", "torque")


def joint_interface(mode: str, profile: RobotProfile) -> JointInterface:
    """The interface of a name in `MODES`; raises UnknownNameError."""
    if mode == "position":
        return PositionInterface()
    if mode == "velocity":
        return VelocityInterface()
    if mode == "torque":
        return TorqueInterface(profile)
    raise UnknownNameError("mode of libfranka", mode, MODES)
