"""What franka_ros2 would publish, from the simulation; imports simulation, conversions and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState

from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.nodes.conversions import joint_state_message, pose_message
from midp_ros.nodes.parameters import Parameter, value
from midp_ros.simulation import Simulation

Array = NDArray[np.float64]
PARAMETERS = (
    Parameter("arm_rate_hz", 100.0, "of /franka/joint_states; a real arm publishes 1000 [Hz]", 1.0, 1000.0),
    Parameter("pose_rate_hz", 100.0, "of current_pose; a real arm publishes up to 1000 [Hz]", 1.0, 1000.0),
    Parameter("joint_state_rate_hz", 30.0, "of /joint_states [Hz]", 1.0, 1000.0),
    Parameter("gripper_rate_hz", 15.0, "of the gripper's joint states [Hz]", 1.0, 1000.0),
    Parameter("task_rate_hz", 30.0, "of the task's poses, as a camera would give them [Hz]", 1.0, 1000.0),
)
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


class SimulatedState:
    """Publishes the arm's, the gripper's and the task's state, each topic at its own rate.

    Args:
        now_s: the node's clock.
    """

    def __init__(self, node: Node, simulation: Simulation, gripper_namespace: str, now_s: Callable[[], float]):
        self._node, self._simulation, self._now_s = node, simulation, now_s
        self._fingers = simulation.profile.finger_joint_names
        arm = node.create_publisher(JointState, "/franka/joint_states", 1)
        merged = node.create_publisher(JointState, "/joint_states", 1)
        fingers = node.create_publisher(JointState, f"{gripper_namespace}/joint_states", 1)
        tool = node.create_publisher(PoseStamped, "/franka_robot_state_broadcaster/current_pose", BEST_EFFORT)
        self._every("arm_rate_hz", lambda: arm.publish(self._arm()))
        self._every("pose_rate_hz", lambda: tool.publish(self._pose("tool")))
        self._every("joint_state_rate_hz", lambda: merged.publish(self._merged()))
        self._every("gripper_rate_hz", lambda: fingers.publish(self._gripper()))
        for name in simulation.task.observe(simulation.engine):
            publisher = node.create_publisher(PoseStamped, f"/task/{name}_pose", 1)
            self._every("task_rate_hz", self._pose_publisher(name, publisher))
        self.refresh()

    def refresh(self) -> None:
        """Looks at the simulation; called after each advance."""
        self._values = self._simulation.observe()
        self._time_s = self._now_s()

    def _every(self, rate: str, publish: Callable[[], Any]) -> None:
        self._node.create_timer(1.0 / value(self._node, rate), publish)

    def _pose_publisher(self, name: str, publisher: Any) -> Callable[[], None]:
        return lambda: publisher.publish(self._pose(name))

    def _arm(self) -> JointState:
        v = self._values
        names = self._simulation.profile.joint_names
        return joint_state_message(names, self._time_s, v["joint_position"], v["joint_velocity"], v["joint_torque"])

    def _finger_positions(self) -> Array:
        return np.repeat(self._values["gripper_width"] / 2, len(self._fingers))

    def _gripper(self) -> JointState:
        return joint_state_message(self._fingers, self._time_s, self._finger_positions())

    def _merged(self) -> JointState:
        names = (*self._simulation.profile.joint_names, *self._fingers)
        return joint_state_message(
            names, self._time_s, np.append(self._values["joint_position"], self._finger_positions())
        )

    def _pose(self, name: str) -> PoseStamped:
        v = self._values
        pose = Pose(v[f"{name}_position"], matrix_from_rotation6(v[f"{name}_rotation"]))
        return pose_message(pose, self._simulation.profile.base_frame, self._time_s)
