"""Forward kinematics and Jacobian of the arm's tool frame (pinocchio); imports core and pinocchio."""

from __future__ import annotations

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.kinematics.profile import RobotProfile


class ArmModel:
    """The arm joints of one robot, fingers locked; poses are of the tool frame in the base frame.

    Attributes:
        lever_m: what no distance from a joint's axis to the tool exceeds (joints,).
    """

    def __init__(self, profile: RobotProfile | str = "fr3"):
        self.profile = RobotProfile.load(profile) if isinstance(profile, str) else profile
        full = pin.buildModelFromUrdf(str(self.profile.urdf_path))
        fingers = [full.getJointId(name) for name in self.profile.finger_joint_names]
        self._model = pin.buildReducedModel(full, fingers, pin.neutral(full))
        self._data = self._model.createData()
        self._tool = self._model.getFrameId(self.profile.tool_frame)
        self._flange = self._model.getFrameId(self.profile.flange_frame)
        self.lever_m = self._longest_levers()

    def forward(self, position_rad: Array) -> Pose:
        """Tool pose in the base frame at joint positions (joints,) [rad]."""
        return self._pose(position_rad, self._tool)

    def flange(self, position_rad: Array) -> Pose:
        """Flange pose (link8) in the base frame at joint positions (joints,) [rad]."""
        return self._pose(position_rad, self._flange)

    def error_and_jacobian(self, position_rad: Array, target: Pose) -> tuple[Array, Array]:
        """Twist (6,) from the tool to the target in the tool's frame, linear [m] first, and its Jacobian (6, joints).

        The twist is log6(T_tool^-1 T_target); to first order it shrinks by `jacobian @ dq`.
        """
        pin.computeJointJacobians(self._model, self._data, position_rad)
        jacobian = pin.getFrameJacobian(self._model, self._data, self._tool, pin.LOCAL)
        pin.updateFramePlacement(self._model, self._data, self._tool)
        goal = pin.SE3(target.rotation, target.position_m)
        return pin.log6(self._data.oMf[self._tool].actInv(goal)).vector, jacobian

    def jacobian(self, position_rad: Array) -> Array:
        """Jacobian (6, joints) of the tool's twist in the base's axes: linear [m/s] first, then angular [rad/s]."""
        return pin.computeFrameJacobian(
            self._model, self._data, position_rad, self._tool, pin.LOCAL_WORLD_ALIGNED
        ).copy()

    def motion(self, position_rad: Array, velocity_rad_s: Array, acceleration_rad_s2: Array) -> tuple[Array, Array]:
        """Twist and acceleration of the tool in the base's axes, each (6,): linear [m/s, m/s^2] first, then angular."""
        pin.forwardKinematics(self._model, self._data, position_rad, velocity_rad_s, acceleration_rad_s2)
        axes = pin.LOCAL_WORLD_ALIGNED
        twist = pin.getFrameVelocity(self._model, self._data, self._tool, axes)
        return twist.vector, pin.getFrameClassicalAcceleration(self._model, self._data, self._tool, axes).vector

    def _longest_levers(self) -> Array:
        """The length of the links from each joint on, stretched."""
        lengths_m = [float(np.linalg.norm(placement.translation)) for placement in self._model.jointPlacements]
        lengths_m.append(float(np.linalg.norm(self._model.frames[self._tool].placement.translation)))
        return np.cumsum(lengths_m[:1:-1])[::-1] * (1 + 1e-9)

    def _pose(self, position_rad: Array, frame: int) -> Pose:
        pin.forwardKinematics(self._model, self._data, position_rad)
        placement = pin.updateFramePlacement(self._model, self._data, frame)
        return Pose(placement.translation.copy(), placement.rotation.copy())
