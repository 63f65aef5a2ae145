"""What franka_ros2's /service_server sets on the robot; imports core and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.pose import Pose
from midp_ros.core.robot_mode import RobotMode
from midp_ros.kinematics import ArmDynamics, ArmModel
from midp_ros.simulation.arm.arm import Arm
from midp_ros.simulation.arm.arm_state import RigidLoad
from midp_ros.simulation.arm.mounting import Mounting
from midp_ros.simulation.safety import CollisionMonitor, CollisionThresholds, ModeError, RobotModes, ThresholdError

# What the robot itself refuses is not published; beyond these no tool is meant, and sums would leave a double's range.
LOAD_MAX_KG = 3.0  # payload of FR3 and Panda (datasheets)
INERTIA_MAX_KG_M2 = 1.0
OFFSET_MAX_M = 2.0


class RobotSettings:
    """Settings that can change while no controller is active; otherwise each raises ModeError.

    Attributes:
        collisions: thresholds and indicators.
        mounting: frames and load.
        stiffness_nm_rad: joint stiffness (joints,) that the trajectory controller works with.
    """

    def __init__(self, arm: Arm, model: ArmModel, dynamics: ArmDynamics, modes: RobotModes):
        self._arm, self._dynamics, self._modes = arm, dynamics, modes
        self.collisions = CollisionMonitor(model.profile)
        ready_rad = model.profile.ready_rad
        self.mounting = Mounting(
            model.flange(ready_rad).inverse() @ model.forward(ready_rad), end_effector=RigidLoad(*dynamics.hand())
        )
        self.stiffness_nm_rad = model.profile.stiffness_nm_rad
        dynamics.set_load(0.0, np.zeros(3), np.zeros((3, 3)))

    def without_gravity(self, torque_nm: Array) -> Array:
        """Torques (joints,) less those that carry arm, hand and load where the arm is."""
        still = np.zeros_like(torque_nm)
        return torque_nm - self._dynamics.torque(self._arm.position_rad, still, still)

    def set_joint_stiffness(self, stiffness_nm_rad: Array) -> None:
        """Stiffness (joints,) [Nm/rad] of motions to come; this model bears less than the robot, see Arm."""
        self._check("SetJointImpedance", stiffness_nm_rad)
        self.stiffness_nm_rad = stiffness_nm_rad

    def set_cartesian_stiffness(self, stiffness: Array) -> None:
        """Checked as the robot checks it; no controller here uses it."""
        self._check("SetCartesianImpedance", stiffness)

    def set_tool_frame(self, pose: Pose) -> None:
        """NE_T_EE: the end effector's frame in the nominal one."""
        self._check("SetNEToEE", np.abs(pose.position_m), OFFSET_MAX_M)
        self.mounting.tool_in_nominal = pose

    def set_stiffness_frame(self, pose: Pose) -> None:
        """EE_T_K: the frame of the wrenches, in the end effector's frame."""
        self._check("SetEEToK", np.abs(pose.position_m), OFFSET_MAX_M)
        self.mounting.stiffness_in_tool = pose

    def set_load(self, load: RigidLoad) -> None:
        """What hangs at the flange beside the hand."""
        self._check("SetLoad", np.array([load.mass_kg]), LOAD_MAX_KG)
        self._check("SetLoad", np.abs(load.centre_m), OFFSET_MAX_M)
        self._check("SetLoad", np.abs(load.inertia_kg_m2).ravel(), INERTIA_MAX_KG_M2)
        if np.linalg.eigvalsh(load.inertia_kg_m2).min() < -1e-9:
            raise MidpError(f"SetLoad: inertia is not positive semi-definite: {load.inertia_kg_m2.tolist()}")
        self.mounting.load = load
        self._dynamics.set_load(load.mass_kg, load.centre_m, load.inertia_kg_m2)

    def set_collision_thresholds(self, thresholds: CollisionThresholds) -> None:
        """From when on a contact is reported, and a collision stops the arm."""
        self._check("SetCollisionBehavior")
        if thresholds.contact_torque_nm.shape != (wanted := self._arm.position_rad.shape):
            raise ThresholdError(f"torque_nm thresholds must be {wanted[0]} numbers")
        self.collisions.thresholds = thresholds

    def _check(self, command: str, values: Array | None = None, most: float = np.inf) -> None:
        if self._modes.mode is RobotMode.MOVE:
            mode = '"Move"'
            raise ModeError(
                f"libfranka: {command} command rejected: command not possible in the current mode ({mode})!"
            )
        if values is not None and not (np.isfinite(values) & (values >= 0) & (values <= most)).all():
            raise MidpError(f"{command}: values must be finite and from 0 to {most:g}, got {values.tolist()}")
