"""From the simulated arm to the state that a Franka reports; imports core and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.core.robot_mode import RobotMode
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.linear import solve_positive_definite
from midp_ros.simulation.arm.arm import Arm
from midp_ros.simulation.arm.arm_state import ArmState
from midp_ros.simulation.arm.mounting import Mounting
from midp_ros.simulation.arm.robot_settings import RobotSettings
from midp_ros.simulation.safety import RobotModes

DAMPING = 1e-9 * np.eye(6)  # where the arm is singular


def external_wrench(arm: Arm, model: ArmModel, mounting: Mounting) -> Array:
    """O_F_ext_hat_K (6,): the wrench at the stiffness frame that explains the external torques best.

    Positive for what the robot exerts on its surroundings (libfranka, RobotState).

    Least squares of tau_ext = J_K(q)^T F; with seven joints one part of tau_ext needs no wrench, and is left out.
    The last one is kept: in the same millisecond the reflexes and the state ask for it.
    """
    position_rad, external_nm, offset_m = asked = arm.position_rad, arm.external_nm, mounting.stiffness_from_nominal_m
    if all(a is b for a, b in zip(asked, arm.explained[0], strict=True)):
        return arm.explained[1]
    jacobian = model.jacobian(position_rad)
    if offset_m is not None:
        jacobian = jacobian_at(jacobian, model.flange(position_rad).rotation @ offset_m)
    gram = jacobian @ jacobian.T + DAMPING  # np.linalg.lstsq takes three times as long
    wrench = np.asarray(solve_positive_definite(gram, jacobian @ external_nm))
    arm.explained = asked, wrench
    return wrench


def jacobian_at(jacobian: Array, offset_m: Array) -> Array:
    """The Jacobian (6, joints), in the base's axes, of a point that lies at an offset (3,) in the base's axes."""
    moved = jacobian.copy()
    moved[:3] += cross_matrix(-offset_m) @ jacobian[3:]
    return moved


def motion_at(twist: Array, acceleration: Array, offset_m: Array) -> tuple[Array, Array]:
    """Twist and acceleration (6,) of a point of the same body at an offset (3,), all in the base's axes."""
    turn, change = twist[3:], acceleration[3:]
    across = cross_matrix(turn) @ offset_m
    linear = twist[:3] + across
    linear_change = acceleration[:3] + cross_matrix(change) @ offset_m + cross_matrix(turn) @ across
    return np.concatenate([linear, turn]), np.concatenate([linear_change, change])


def cross_matrix(v: Array) -> Array:
    """The matrix (3, 3) with cross_matrix(v) @ w = v x w; np.cross takes ten times as long."""
    return np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])


def in_axes_of(frame: Pose, wrench: Array) -> Array:
    """A wrench or twist (6,) from the base's axes into a frame's."""
    return np.concatenate([frame.rotation.T @ wrench[:3], frame.rotation.T @ wrench[3:]])


def state_report(arm: Arm, model: ArmModel, settings: RobotSettings, modes: RobotModes, time_s: float) -> ArmState:
    """The robot's state at this moment."""
    mounting, collisions = settings.mounting, settings.collisions
    commanded = arm.desired_rad, arm.desired_rad_s, arm.desired_rad_s2
    flange, flange_desired = model.flange(arm.position_rad), model.flange(arm.desired_rad)
    twist, acceleration = model.motion(*commanded)
    if mounting.tool_from_nominal_m is not None:
        twist, acceleration = motion_at(twist, acceleration, flange_desired.rotation @ mounting.tool_from_nominal_m)
    wrench = external_wrench(arm, model, mounting)
    return ArmState(
        time_s=time_s,
        position_rad=arm.position_rad,
        velocity_rad_s=arm.velocity_rad_s,
        torque_nm=arm.torque_nm,
        desired_torque_nm=settings.without_gravity(arm.torque_nm),
        desired_position_rad=arm.desired_rad,
        desired_velocity_rad_s=arm.desired_rad_s,
        desired_acceleration_rad_s2=arm.desired_rad_s2,
        torque_rate_nm_s=arm.torque_rate_nm_s,
        external_torque_nm=arm.external_nm,
        wrench_base=wrench,
        wrench_stiffness=in_axes_of(flange @ mounting.stiffness_in_flange, wrench),
        flange_measured=flange,
        flange_desired=flange_desired,
        end_effector_in_flange=mounting.tool_in_flange,
        stiffness_in_end_effector=mounting.stiffness_in_tool,
        desired_twist=twist,
        desired_cartesian_acceleration=acceleration,
        end_effector=mounting.end_effector,
        load=mounting.load,
        joint_contact=collisions.joint_contact,
        joint_collision=collisions.joint_collision,
        cartesian_contact=collisions.cartesian_contact,
        cartesian_collision=collisions.cartesian_collision,
        mode=modes.mode,
        current_errors=modes.current_errors,
        last_motion_errors=modes.last_motion_errors,
        success_rate=float(modes.mode is RobotMode.MOVE),  # no command is ever lost here
    )
