"""An ArmState as franka_msgs/FrankaRobotState, in bytes; imports simulation, franka_msgs and rclpy.

Fields and frames as franka_semantic_components (v2.5, v3.4) fills them.
"""

from __future__ import annotations

import numpy as np
from franka_msgs.msg import Errors, FrankaRobotState
from sensor_msgs.msg import JointState

from midp_ros.core.arrays import Array
from midp_ros.kinematics.elbow import elbow
from midp_ros.kinematics.links import pose_numbers
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.nodes.ros.packed_message import PackedMessage
from midp_ros.simulation.arm.arm_state import ArmState, RigidLoad
from midp_ros.simulation.arm.combined_load import combined

# Which field comes from which attribute of ArmState. The stand-in's motors are rigidly geared: theta is q.
COPIES = {
    "measured_joint_state.position": "position_rad",
    "measured_joint_state.velocity": "velocity_rad_s",
    "measured_joint_state.effort": "torque_nm",
    "desired_joint_state.position": "desired_position_rad",
    "desired_joint_state.velocity": "desired_velocity_rad_s",
    "desired_joint_state.effort": "desired_torque_nm",
    "measured_joint_motor_state.position": "position_rad",
    "measured_joint_motor_state.velocity": "velocity_rad_s",
    "ddq_d": "desired_acceleration_rad_s2",
    "dtau_j": "torque_rate_nm_s",
    "tau_ext_hat_filtered.effort": "external_torque_nm",
    "k_f_ext_hat_k.wrench": "wrench_stiffness",
    "o_f_ext_hat_k.wrench": "wrench_base",
    "o_dp_ee_d.twist": "desired_twist",
    "o_dp_ee_c.twist": "desired_twist",
    "o_ddp_ee_c.accel": "desired_cartesian_acceleration",
    "time": "time_s",
    "control_command_success_rate": "success_rate",
    "collision_indicators.is_joint_collision": "joint_collision",
    "collision_indicators.is_joint_contact": "joint_contact",
}
JOINT_STATES = ("measured_joint_state", "desired_joint_state", "measured_joint_motor_state", "tau_ext_hat_filtered")
IN_ROOT = (*JOINT_STATES, "o_f_ext_hat_k", "o_t_ee", "o_t_ee_d", "o_t_ee_c", "o_dp_ee_d", "o_dp_ee_c", "o_ddp_ee_c")
IN_TOOL = ("k_f_ext_hat_k", "ee_t_k", "inertia_ee", "inertia_total")
IN_FLANGE = ("f_t_ee", "inertia_load")
ERRORS = tuple(Errors.get_fields_and_field_types())


def robot_state_template(profile: RobotProfile, root_frame: str) -> FrankaRobotState:
    """The message with its names and frames and nothing measured yet."""
    message = FrankaRobotState()
    zeros = [0.0] * len(profile.joint_names)
    for field in JOINT_STATES:
        setattr(message, field, JointState(name=profile.joint_names, position=zeros, velocity=zeros, effort=zeros))
    for fields, frame in ((IN_ROOT, root_frame), (IN_TOOL, profile.tool_frame), (IN_FLANGE, profile.flange_frame)):
        for field in fields:
            getattr(message, field).header.frame_id = frame
    return message


class RobotStateMessage:
    """One FrankaRobotState whose bytes follow the arm."""

    def __init__(self, profile: RobotProfile, root_frame: str):
        self.template = robot_state_template(profile, root_frame)
        self.packed = PackedMessage(self.template)
        numbers = self.packed.numbers
        self._copies = [(numbers(field), attribute) for field, attribute in COPIES.items()]
        self._poses = {f: numbers(f"{f}.pose") for f in ("o_t_ee", "o_t_ee_d", "o_t_ee_c", "f_t_ee", "ee_t_k")}
        self._loads = {f: numbers(f"{f}.inertia") for f in ("inertia_ee", "inertia_load", "inertia_total")}
        self._collisions = {
            what: [numbers(f"collision_indicators.is_cartesian_{part}_{what}") for part in ("linear", "angular")]
            for what in ("collision", "contact")
        }
        self._elbow, self._elbow_joints = numbers("elbow"), profile.elbow
        self._mode = self.packed.byte("robot_mode")
        self._errors = {w: self.packed.byte(f"{w}.{ERRORS[0]}") for w in ("current_errors", "last_motion_errors")}
        self._mounted: tuple[RigidLoad | None, RigidLoad | None] = (None, None)

    def fill(self, state: ArmState) -> None:
        """Takes over a state; the stamps stay."""
        for numbers, attribute in self._copies:
            numbers[:] = getattr(state, attribute)
        self._fill_poses(state)
        self._fill_elbow(state)
        self._fill_loads(state)
        for what, values in (("collision", state.cartesian_collision), ("contact", state.cartesian_contact)):
            linear, angular = self._collisions[what]
            linear[:], angular[:] = values[:3], values[3:]
        octets = self.packed.octets
        octets[self._mode] = state.mode
        for what, names in (("current_errors", state.current_errors), ("last_motion_errors", state.last_motion_errors)):
            flags = octets[self._errors[what] :][: len(ERRORS)]
            flags[:] = 0
            for name in names:
                flags[ERRORS.index(name)] = 1

    def _fill_poses(self, state: ArmState) -> None:
        """Commanded and desired poses are the same here."""
        tool, poses = state.end_effector_in_flange, self._poses
        desired = pose_numbers(state.flange_desired @ tool)
        poses["o_t_ee"][:] = pose_numbers(state.flange_measured @ tool)
        poses["o_t_ee_d"][:], poses["o_t_ee_c"][:] = desired, desired
        poses["f_t_ee"][:] = pose_numbers(tool)
        poses["ee_t_k"][:] = pose_numbers(state.stiffness_in_end_effector)

    def _fill_loads(self, state: ArmState) -> None:
        """They seldom change."""
        mounted = state.end_effector, state.load
        if mounted[0] is self._mounted[0] and mounted[1] is self._mounted[1]:
            return
        self._mounted = mounted
        self._loads["inertia_ee"][:] = _inertia(state.end_effector)
        self._loads["inertia_load"][:] = _inertia(state.load)
        self._loads["inertia_total"][:] = _inertia(combined(state.end_effector, state.load))

    def _fill_elbow(self, state: ArmState) -> None:
        """Measured, desired and commanded position, commanded velocity and acceleration: two numbers each."""
        if (joints := self._elbow_joints) is None:
            return
        desired, moving = elbow(joints, state.desired_position_rad), joints.position_joint - 1
        velocity, acceleration = state.desired_velocity_rad_s[moving], state.desired_acceleration_rad_s2[moving]
        self._elbow[:] = (*elbow(joints, state.position_rad), *desired, *desired, velocity, 0.0, acceleration, 0.0)


def _inertia(load: RigidLoad) -> Array:
    """In the order of geometry_msgs/Inertia: m, com, ixx, ixy, ixz, iyy, iyz, izz."""
    i = load.inertia_kg_m2
    return np.array([load.mass_kg, *load.centre_m, *i[0], *i[1, 1:], i[2, 2]])
