"""Motions that are commanded in joint space; imports simulation's safety and kinematics."""

from __future__ import annotations

import numpy as np
from ruckig import InputParameter, OutputParameter, Ruckig

from midp_ros.core.arrays import Array
from midp_ros.fci.server.command_monitor import CommandMonitor
from midp_ros.fci.wire.robot_packets import RobotCommand
from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.arm.motions import MotionRefused
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.safety.joint_motion import CYCLE_S

ASYNC_SHARE_OF_LIMITS = 0.5  # of acceleration and jerk, where the robot itself plans; not published by Franka


class JointPositions:
    """Positions as they are commanded."""

    def __init__(self, monitor: CommandMonitor):
        self._monitor = monitor

    def follow(self, command: RobotCommand) -> Array:
        """The commanded positions (joints,)."""
        return np.array(command.q_c)

    def bridge(self) -> Array:
        """Positions (joints,) in place of a lost command."""
        return self._monitor.extrapolated()

    def hold(self) -> Array:
        """The last positions (joints,) once more."""
        return self._monitor.position_rad


class JointVelocities(JointPositions):
    """The integral of the commanded velocities."""

    def follow(self, command: RobotCommand) -> Array:
        """The next positions (joints,)."""
        return self._monitor.position_rad + CYCLE_S * np.array(command.dq_c)


class JointTargets(JointPositions):
    """Targets at any time, to which the robot itself plans a motion within the given velocities (ruckig).

    Args:
        velocity_rad_s: the highest (joints,), cut at the profile's.
    """

    def __init__(self, monitor: CommandMonitor, profile: RobotProfile, velocity_rad_s: Array):
        super().__init__(monitor)
        joints = profile.joints
        self._profile, self._planner = profile, Ruckig(joints, CYCLE_S)
        self._wanted, self._planned = InputParameter(joints), OutputParameter(joints)
        start_rad = monitor.position_rad.tolist()
        self._wanted.current_position = self._wanted.target_position = start_rad
        self._wanted.max_velocity = np.minimum(velocity_rad_s, profile.velocity_max_rad_s).tolist()
        self._wanted.max_acceleration = (ASYNC_SHARE_OF_LIMITS * profile.acceleration_max_rad_s2).tolist()
        self._wanted.max_jerk = (ASYNC_SHARE_OF_LIMITS * profile.jerk_max_rad_s3).tolist()

    def follow(self, command: RobotCommand) -> Array:
        """Takes a new target; the next positions (joints,)."""
        target = np.array(command.q_c)
        low, high = self._profile.position_min_rad, self._profile.position_max_rad
        if ((target < low) | (target > high)).any():
            errors = frozenset({"joint_motion_generator_position_limits_violation"})
            raise MotionRefused(Violation(0, errors, f"target {target.tolist()} is beyond the joints' positions"))
        self._wanted.target_position = target.tolist()
        return self.bridge()

    def bridge(self) -> Array:
        """The next positions (joints,) on the way to the target."""
        self._planner.update(self._wanted, self._planned)
        self._planned.pass_to_input(self._wanted)
        return np.array(self._planned.new_position)
