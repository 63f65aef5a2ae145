"""/service_server/*: the robot's settings as franka_ros2 serves them; imports simulation, franka_msgs and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from franka_msgs import srv
from rclpy.node import Node

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.pose import Pose
from midp_ros.simulation.arm.arm_state import RigidLoad
from midp_ros.simulation.arm.robot_settings import RobotSettings
from midp_ros.simulation.safety import CollisionThresholds


def _array(values: Any) -> Array:
    return np.array(values, float)


def _set_load(settings: RobotSettings, request: srv.SetLoad.Request) -> None:
    inertia = _array(request.load_inertia).reshape(3, 3, order="F")  # libfranka's matrices run column by column
    settings.set_load(RigidLoad(request.mass, _array(request.center_of_mass), inertia))


def _set_collision_behavior(settings: RobotSettings, request: Any) -> None:
    # Full behaviour has thresholds of its own for accelerated motion, too; the nominal ones hold here at all times.
    thresholds = CollisionThresholds.of(
        request.lower_torque_thresholds_nominal,
        request.upper_torque_thresholds_nominal,
        request.lower_force_thresholds_nominal,
        request.upper_force_thresholds_nominal,
    )
    settings.set_collision_thresholds(thresholds)


SETTINGS: dict[str, tuple[Any, Callable[[RobotSettings, Any], None]]] = {
    "set_joint_stiffness": (srv.SetJointStiffness, lambda s, q: s.set_joint_stiffness(_array(q.joint_stiffness))),
    "set_cartesian_stiffness": (
        srv.SetCartesianStiffness,
        lambda s, q: s.set_cartesian_stiffness(_array(q.cartesian_stiffness)),
    ),
    "set_tcp_frame": (srv.SetTCPFrame, lambda s, q: s.set_tool_frame(pose_from_columns(q.transformation))),
    "set_stiffness_frame": (
        srv.SetStiffnessFrame,
        lambda s, q: s.set_stiffness_frame(pose_from_columns(q.transformation)),
    ),
    "set_load": (srv.SetLoad, _set_load),
    "set_force_torque_collision_behavior": (srv.SetForceTorqueCollisionBehavior, _set_collision_behavior),
    "set_full_collision_behavior": (srv.SetFullCollisionBehavior, _set_collision_behavior),
}


class SettingServices:
    """Serves the settings; the robot refuses them while a controller is active.

    Args:
        settings: gives the present robot's, which a reset replaces.
    """

    def __init__(self, node: Node, settings: Callable[[], RobotSettings]):
        self._settings = settings
        for name, (kind, apply) in SETTINGS.items():
            node.create_service(kind, f"service_server/{name}", partial(self._answer, apply))

    def _answer(self, apply: Callable[[RobotSettings, Any], None], request: Any, response: Any) -> Any:
        try:
            apply(self._settings(), request)
            response.success = True
        except MidpError as e:
            response.success, response.error = False, str(e)
        return response


def pose_from_columns(transformation: Any) -> Pose:
    """The pose of a homogeneous matrix, column by column (16,); raises MidpError where the matrix is none."""
    matrix = _array(transformation).reshape(4, 4, order="F")
    rotation = matrix[:3, :3]
    bounded = (np.abs(rotation) < 2.0).all()  # neither NaN nor beyond what can be squared
    proper = bounded and np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-5) and np.linalg.det(rotation) > 0
    if not (np.isfinite(matrix).all() and proper and np.allclose(matrix[3], [0, 0, 0, 1])):
        raise MidpError(f"not a homogeneous transformation, column by column: {matrix.T.ravel().tolist()}")
    return Pose(matrix[:3, 3], rotation)
