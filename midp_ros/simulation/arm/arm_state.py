"""The state of a Franka's arm at one moment; imports core only."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.core.robot_mode import RobotMode


@dataclass(frozen=True)
class RigidLoad:
    """A body at the flange: mass [kg], centre of mass in the flange frame [m], inertia about it [kg m^2] (3, 3)."""

    mass_kg: float = 0.0
    centre_m: Array = field(default_factory=lambda: np.zeros(3))
    inertia_kg_m2: Array = field(default_factory=lambda: np.zeros((3, 3)))


@dataclass(frozen=True)
class ArmState:
    """libfranka's RobotState as far as franka_ros2 publishes it; joint arrays are (joints,), J1 first.

    Wrenches and twists run linear part first: forces [N] and torques [Nm], velocities [m/s] and [rad/s].

    Attributes:
        time_s: robot time since it started.
        position_rad, velocity_rad_s, torque_nm: measured (q, dq, tau_J).
        desired_position_rad, desired_velocity_rad_s, desired_acceleration_rad_s2: commanded (q_d, dq_d, ddq_d).
        desired_torque_nm: commanded, without gravity (tau_J_d).
        torque_rate_nm_s: derivative of the measured torques (dtau_J).
        external_torque_nm: estimated external torques, filtered (tau_ext_hat_filtered).
        wrench_base: external wrench at the stiffness frame, in the base's axes (O_F_ext_hat_K); positive for what
            the robot exerts on its surroundings.
        wrench_stiffness: the same in the stiffness frame's axes (K_F_ext_hat_K).
        flange_measured, flange_desired: flange (link8) in the base frame, at the measured and the desired positions.
        end_effector_in_flange, stiffness_in_end_effector: F_T_EE and EE_T_K.
        desired_twist, desired_cartesian_acceleration: of the end effector in the base's axes (O_dP_EE_d, O_ddP_EE_c).
        end_effector, load: the mounted body, and the load of `set_load`.
        joint_contact, joint_collision: lower and upper torque thresholds passed, per joint.
        cartesian_contact, cartesian_collision: the same for forces and torques (6,).
        success_rate: share of the last 100 control commands that arrived in time (control_command_success_rate).
        current_errors, last_motion_errors: names of fields of franka_msgs/Errors.
    """

    time_s: float
    position_rad: Array
    velocity_rad_s: Array
    torque_nm: Array
    desired_torque_nm: Array
    desired_position_rad: Array
    desired_velocity_rad_s: Array
    desired_acceleration_rad_s2: Array
    torque_rate_nm_s: Array
    external_torque_nm: Array
    wrench_base: Array
    wrench_stiffness: Array
    flange_measured: Pose
    flange_desired: Pose
    end_effector_in_flange: Pose
    stiffness_in_end_effector: Pose
    desired_twist: Array
    desired_cartesian_acceleration: Array
    end_effector: RigidLoad
    load: RigidLoad
    joint_contact: NDArray[np.bool_]
    joint_collision: NDArray[np.bool_]
    cartesian_contact: NDArray[np.bool_]
    cartesian_collision: NDArray[np.bool_]
    success_rate: float = 1.0
    mode: RobotMode = RobotMode.IDLE
    current_errors: frozenset[str] = frozenset()
    last_motion_errors: frozenset[str] = frozenset()
