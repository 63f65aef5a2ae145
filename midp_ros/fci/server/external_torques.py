"""Torques that a client commands; imports simulation and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.fci.server.command_monitor import CommandMonitor
from midp_ros.fci.wire.robot_packets import RobotCommand
from midp_ros.kinematics import ArmDynamics, RobotProfile
from midp_ros.simulation.arm.arm import Arm
from midp_ros.simulation.arm.motions import MotionRefused
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.safety.joint_motion import CYCLE_S
from midp_ros.simulation.safety.motion_monitor import SELF_COLLISION_EVERY

SINGLE_NM = 1e-5  # the state's torques, from which a client continues, are single: half a unit in the last of 64 to 87


class ExternalTorques:
    """tau = tau_d + g(q): the robot carries itself, the client does the rest. A lost command repeats the last.

    Args:
        last_nm: torques of the last millisecond without gravity (joints,).

    Attributes:
        friction_nm: of the joints (joints,), which no controller makes up for; None: without.
        torque_nm: commanded last, without gravity (joints,).
    """

    def __init__(self, arm: Arm, dynamics: ArmDynamics, profile: RobotProfile, monitor: CommandMonitor, last_nm: Array):
        self._arm, self._dynamics, self._profile, self._monitor = arm, dynamics, profile, monitor
        self.friction_nm = profile.friction_nm
        self.torque_nm, self._still, self._cycle = last_nm, np.zeros(profile.joints), 0
        self._step_nm = profile.torque_rate_max_nm_s * CYCLE_S + SINGLE_NM

    def accept(self, command: RobotCommand) -> None:
        """Judges a command's torques: their rate, and with gravity their size."""
        torque, profile = np.array(command.torque_d), self._profile
        step = np.abs(torque - self.torque_nm)
        if (step > self._step_nm).any():
            joint = int(np.argmax(step - self._step_nm))
            raise MotionRefused(
                Violation(
                    0,
                    frozenset({"controller_torque_discontinuity"}),
                    f"{profile.joint_names[joint]}'s torque was commanded to change by {step[joint]:.4g} Nm within "
                    f"1 ms; the limit is {profile.torque_rate_max_nm_s[joint] * CYCLE_S:g} Nm",
                )
            )
        total = np.abs(torque + self._gravity_nm())
        if (total > profile.torque_max_nm).any():
            joint = int(np.argmax(total - profile.torque_max_nm))
            reason = (
                f"{profile.joint_names[joint]} was commanded to {total[joint]:.4g} Nm, gravity included; the limit is "
                f"{profile.torque_max_nm[joint]:g} Nm"
            )
            raise MotionRefused(Violation(0, frozenset({"tau_j_range_violation"}), reason))
        self.torque_nm = torque

    def command(self, desired_rad: list[float], desired_rad_s: list[float], desired_rad_s2: Array) -> None:
        """Sets the torques for the next millisecond; what is desired does not matter."""
        most = self._profile.torque_max_nm
        self._arm.apply((self.torque_nm + self._gravity_nm()).clip(-most, most).tolist())

    @property
    def velocity_rad_s(self) -> Array:
        """Measured velocities (joints,)."""
        return self._arm.velocity_rad_s

    def measured_rad(self) -> Array:
        """Measured positions (joints,); the links' distances are judged every 10 ms."""
        position = self._arm.position_rad
        self._cycle += 1
        if self._cycle % SELF_COLLISION_EVERY == 0 and (violation := self._monitor.self_collision(position)):
            raise MotionRefused(violation)
        return position

    def _gravity_nm(self) -> Array:
        return self._dynamics.torque(self._arm.position_rad, self._still, self._still)
