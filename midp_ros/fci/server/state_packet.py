"""The robot's state as the wire's bytes; imports simulation and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.fci.wire.error_flags import flags_of
from midp_ros.fci.wire.robot_packets import STATE, ControllerMode, MotionGeneratorMode
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.elbow import elbow
from midp_ros.simulation.arm.arm_state import ArmState, RigidLoad
from midp_ros.simulation.arm.mounting import Mounting
from midp_ros.simulation.engine import GRAVITY_M_S2

# Which field has which attribute of ArmState. The simulated motors are rigidly geared: theta is q.
COPIES = {
    **{"q": "position_rad", "dq": "velocity_rad_s", "theta": "position_rad", "dtheta": "velocity_rad_s"},
    **{"tau_J": "torque_nm", "tau_J_d": "desired_torque_nm", "dtau_J": "torque_rate_nm_s"},
    **{"q_d": "desired_position_rad", "dq_d": "desired_velocity_rad_s", "ddq_d": "desired_acceleration_rad_s2"},
    **{"tau_ext_hat_filtered": "external_torque_nm", "O_F_ext_hat_K": "wrench_base"},
    **{"K_F_ext_hat_K": "wrench_stiffness", "O_dP_EE_d": "desired_twist"},
    **{"joint_contact": "joint_contact", "joint_collision": "joint_collision"},
    **{"cartesian_contact": "cartesian_contact", "cartesian_collision": "cartesian_collision"},
}


def columns(pose: Pose) -> Array:
    """A pose as libfranka writes it: the 4 x 4 matrix, column by column (16,)."""
    matrix = np.zeros((4, 4))
    matrix[:3, :3], matrix[:3, 3], matrix[3, 3] = pose.rotation, pose.position_m, 1.0
    return matrix.T.ravel()


class StatePacket:
    """One RobotState whose bytes follow the arm."""

    def __init__(self, profile: RobotProfile):
        self._record = np.zeros(1, STATE)
        self._elbow, self._joints = profile.elbow, profile.joints
        self._views = {name: self._record[name][0] for name in STATE.names or () if STATE[name].shape}
        self._copies = [(self._views[field], attribute) for field, attribute in COPIES.items()]
        self._views["O_ddP_O"][2] = -GRAVITY_M_S2
        self._mounted: tuple[object, ...] = ()
        self._errors: tuple[object, object] = (None, None)

    def fill(self, message_id: int, state: ArmState, mounting: Mounting) -> None:
        """Takes over a state, as if no client moved the arm."""
        views, record = self._views, self._record
        for view, attribute in self._copies:
            view[:] = getattr(state, attribute)
        tool_in_flange = state.end_effector_in_flange
        views["O_T_EE"][:] = columns(state.flange_measured @ tool_in_flange)
        views["O_T_EE_d"][:] = views["O_T_EE_c"][:] = columns(state.flange_desired @ tool_in_flange)
        views["O_dP_EE_c"][:], views["O_ddP_EE_c"][:] = state.desired_twist, state.desired_cartesian_acceleration
        if self._elbow is not None:
            views["elbow"][:] = elbow(self._elbow, state.position_rad)
            views["elbow_d"][:] = views["elbow_c"][:] = elbow(self._elbow, state.desired_position_rad)
            joint = self._elbow.position_joint - 1
            views["delbow_c"][0] = state.desired_velocity_rad_s[joint]
            views["ddelbow_c"][0] = state.desired_acceleration_rad_s2[joint]
        self._fill_mounting(mounting, state)
        if self._errors != (state.current_errors, state.last_motion_errors):
            self._errors = state.current_errors, state.last_motion_errors
            views["errors"][:], views["reflex_reason"][:] = map(flags_of, self._errors)  # type: ignore[arg-type]
        record["message_id"], record["robot_mode"] = message_id, state.mode

    def fill_commanded(self, pose: Array, twist: Array, acceleration: Array, bent: Array) -> None:
        """What a motion in space has commanded: O_T_EE_c (16,), O_dP_EE_c (6,), O_ddP_EE_c (6,) and the elbow (3,)."""
        views = self._views
        views["O_T_EE_c"][:], views["O_dP_EE_c"][:], views["O_ddP_EE_c"][:] = pose, twist, acceleration
        views["elbow_c"][0], views["delbow_c"][0], views["ddelbow_c"][0] = bent

    def fill_torques(self, torque_nm: Array) -> None:
        """Torques (joints,) that a client has commanded."""
        self._views["tau_J_d"][:] = torque_nm

    def bytes_of(self, motion: MotionGeneratorMode, controller: ControllerMode, success_rate: float) -> bytes:
        """The packet."""
        record = self._record
        record["motion_generator_mode"], record["controller_mode"] = motion, controller
        record["control_command_success_rate"] = success_rate
        return record.tobytes()

    def _fill_mounting(self, mounting: Mounting, state: ArmState) -> None:
        mounted = mounting.tool_in_nominal, mounting.stiffness_in_tool, mounting.end_effector, mounting.load
        if all(a is b for a, b in zip(mounted, self._mounted, strict=False)) and self._mounted:
            return
        self._mounted, views = mounted, self._views
        views["F_T_EE"][:], views["EE_T_K"][:] = columns(mounting.tool_in_flange), columns(mounting.stiffness_in_tool)
        views["F_T_NE"][:], views["NE_T_EE"][:] = columns(mounting.nominal_in_flange), columns(mounting.tool_in_nominal)
        self._fill_load("ee", mounting.end_effector)
        self._fill_load("load", mounting.load)

    def _fill_load(self, name: str, load: RigidLoad) -> None:
        self._views[f"m_{name}"][:], self._views[f"F_x_C{name}"][:] = load.mass_kg, load.centre_m
        self._views[f"I_{name}"][:] = load.inertia_kg_m2.T.ravel()
