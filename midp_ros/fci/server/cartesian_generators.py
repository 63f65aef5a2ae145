"""Motions that are commanded in space: poses and twists of the end effector; imports kinematics and simulation."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.pose import Pose, matrix_from_rotation_vector
from midp_ros.fci.server.cartesian_monitor import CartesianMonitor
from midp_ros.fci.server.command_monitor import CommandMonitor
from midp_ros.fci.server.robot_setup import FARTHEST, pose_of
from midp_ros.fci.server.state_packet import columns
from midp_ros.fci.wire.robot_packets import RobotCommand
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.elbow import elbow
from midp_ros.kinematics.pose_following import PoseFollower
from midp_ros.simulation.arm.motions import MotionRefused
from midp_ros.simulation.arm.mounting import Mounting
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.safety.joint_motion import CYCLE_S


class CartesianPoses:
    """Joint positions that bring the end effector to each commanded pose.

    Where no elbow is commanded, it keeps its position; what the robot does then is not published.
    """

    names_start = True

    def __init__(self, model: ArmModel, monitor: CommandMonitor, mounting: Mounting):
        self._joints, self._follower, self._profile = monitor, PoseFollower(model), model.profile
        self._tool_in_ee = mounting.tool_in_nominal.inverse()
        start_rad = monitor.position_rad
        self._elbow = elbow(model.profile.elbow, start_rad) if model.profile.elbow else (0.0, 0.0)
        pose = model.forward(start_rad) @ mounting.tool_in_nominal
        self._space = CartesianMonitor(model.profile, pose, self._elbow[0], self.names_start)

    def follow(self, command: RobotCommand) -> Array:
        """The joint positions (joints,) of a command; raises MotionRefused."""
        position = self._reach(self._pose(command), self._bent(command.elbow_c))
        self._space.begun = True
        return position

    def bridge(self) -> Array:
        """Positions (joints,) in place of a lost command."""
        pose, elbow_rad = self._space.extrapolate()
        return self._solve(pose, elbow_rad)

    def hold(self) -> Array:
        """The last pose once more (joints,)."""
        return self._reach(self._space.pose, self._space.elbow_rad)

    def commanded(self) -> tuple[Array, Array, Array, Array]:
        """O_T_EE_c (16,), O_dP_EE_c (6,), O_ddP_EE_c (6,) and the elbow's position, velocity, acceleration (3,)."""
        space = self._space
        bent = np.array((space.elbow_rad, space.elbow_rad_s, space.elbow_rad_s2))
        return columns(space.pose), space.twist, space.acceleration, bent

    def _pose(self, command: RobotCommand) -> Pose:
        try:
            return pose_of(command.pose_c)
        except MidpError as e:
            errors = frozenset({"cartesian_position_motion_generator_invalid_frame"})
            raise MotionRefused(Violation(0, errors, str(e))) from None

    def _bent(self, elbow_c: tuple[float, ...] | None) -> float:
        if elbow_c is None:
            return self._space.elbow_rad
        if elbow_c[1] != self._elbow[1]:
            errors = frozenset({"cartesian_motion_generator_elbow_sign_inconsistent"})
            raise MotionRefused(
                Violation(0, errors, f"the elbow's sign was commanded to {elbow_c[1]:g}; it is {self._elbow[1]:g}")
            )
        self._space.judge_elbow(elbow_c[0])
        return elbow_c[0]

    def _reach(self, pose: Pose, elbow_rad: float) -> Array:
        self._space.accept(pose, elbow_rad)
        return self._solve(pose, elbow_rad)

    def _solve(self, pose: Pose, elbow_rad: float) -> Array:
        guess = self._joints.position_rad + CYCLE_S * self._joints.velocity_rad_s
        return self._follower.follow(pose @ self._tool_in_ee, elbow_rad, guess)


class CartesianVelocities(CartesianPoses):
    """The integral of the commanded twists."""

    names_start = False

    def _pose(self, command: RobotCommand) -> Pose:
        twist, pose = np.array(command.twist_c), self._space.pose
        if not (np.abs(twist) < FARTHEST).all():
            errors = frozenset({"cartesian_motion_generator_velocity_limits_violation"})
            raise MotionRefused(Violation(0, errors, f"the end effector was commanded to move at {twist.tolist()}"))
        turned = matrix_from_rotation_vector(CYCLE_S * twist[3:]) @ pose.rotation
        return Pose(pose.position_m + CYCLE_S * twist[:3], turned)
