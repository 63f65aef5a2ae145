"""The topics of joint_state_broadcaster, franka_robot_state_broadcaster and franka_gripper; imports rclpy.

Names, types, frames and QoS are those of franka_ros2 v2.5 (humble) and v3.4 (jazzy); topics are relative to the node's
namespace. Nothing is computed for a topic without subscribers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy, qos_profile_system_default

from midp_ros.core.pose import Pose
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.nodes.ros.publish_rate import PublishRate
from midp_ros.nodes.stand_in.message_loss import MessageLoss
from midp_ros.nodes.stand_in.state_messages import Fill, StateMessages
from midp_ros.simulation.arm.arm_state import ArmState

PARAMETERS = (
    Parameter("robot_state_rate_hz", 100.0, "of robot_state; a real arm publishes 1000 [Hz]", 1.0, 1000.0),
    Parameter("convenience_rate_hz", 100.0, "of current_pose and its like; a real arm: up to 1000 [Hz]", 1.0, 1000.0),
    Parameter("arm_rate_hz", 100.0, "of franka/joint_states; a real arm publishes 1000 [Hz]", 1.0, 1000.0),
    Parameter("joint_state_rate_hz", 30.0, "of joint_states, arm and fingers [Hz]", 1.0, 1000.0),
    Parameter("gripper_rate_hz", 15.0, "of the gripper's joint states [Hz]", 1.0, 1000.0),
    Parameter("task_rate_hz", 30.0, "of the task's poses, as a camera would give them [Hz]", 1.0, 1000.0),
    Parameter("observation_loss", 0.0, "share of these messages that gets lost, for trials", 0.0, 0.9),
    Parameter(
        "convenience_reliability", "", "of current_pose and its like; empty: the profile's",
        choices=("", "best_effort", "reliable"),
    ),
)  # fmt: skip
BROADCASTER = "franka_robot_state_broadcaster"
PARTS = {
    "current_pose": "o_t_ee",
    "last_desired_pose": "o_t_ee_d",
    "desired_end_effector_twist": "o_dp_ee_d",
    "measured_joint_states": "measured_joint_state",
    "desired_joint_states": "desired_joint_state",
    "external_joint_torques": "tau_ext_hat_filtered",
    "external_wrench_in_base_frame": "o_f_ext_hat_k",
    "external_wrench_in_stiffness_frame": "k_f_ext_hat_k",
}
OF_CONTROL_NODE = ("robot_state", "convenience", "arm")


class StateTopics:
    """Publishes the state of the arm, the gripper and the task, each topic at its own rate.

    Args:
        profile: with the names that ROS uses.
        root_frame: in which the arm's state is given.
        gripper: the gripper node's name.
        arm: gives the arm's present state; called at most once for each `publish`.
        width_m: gives the gripper's present opening [m].
        task_poses: gives the task's present poses in the arm's base frame; always of the same names.
        seed: of the random loss of messages.
    """

    def __init__(
        self,
        node: Node,
        profile: RobotProfile,
        root_frame: str,
        gripper: str,
        arm: Callable[[], ArmState],
        width_m: Callable[[], float],
        task_poses: Callable[[], dict[str, Pose]],
        seed: int = 0,
    ):
        self._node = node
        self._loss = MessageLoss(value(node, "observation_loss"), seed)
        self._messages = messages = StateMessages(profile, root_frame, arm, width_m)
        self._topics: list[tuple[PublishRate, Any, Fill, bool]] = []
        chosen = value(node, "convenience_reliability") or profile.broadcaster_reliability
        reliability = ReliabilityPolicy[chosen.upper()]
        self._add(f"{BROADCASTER}/robot_state", "robot_state", qos_profile_system_default, messages.whole())
        for topic, field in PARTS.items():
            qos = QoSProfile(depth=1, reliability=reliability)
            self._add(f"{BROADCASTER}/{topic}", "convenience", qos, messages.part(field))
        self._add("franka/joint_states", "arm", qos_profile_system_default, messages.arm_joints())
        self._add("joint_states", "joint_state", QoSProfile(depth=10), messages.all_joints())
        self._add(f"{gripper}/joint_states", "gripper", QoSProfile(depth=1), messages.fingers())
        for name in task_poses():
            pose = messages.task_pose(lambda name=name: task_poses()[name])  # type: ignore[misc]
            self._add(f"task/{name}_pose", "task", QoSProfile(depth=1), pose)

    def publish(self, time_s: float, control_alive: bool = True) -> None:
        """Publishes what is due at a time [s] of the node's clock, and stamps it so.

        Without a control node its own broadcasters are silent; joint_state_publisher and the gripper continue.
        """
        self._messages.look()
        for rate, publisher, fill, needs_control in self._topics:
            if needs_control and not control_alive:
                continue
            if rate.due(time_s) and publisher.get_subscription_count() and not self._loss.strikes():
                packed = fill()
                packed.stamp(time_s)
                publisher.publish(packed.to_bytes())

    def _add(self, topic: str, rate: str, qos: QoSProfile, message: tuple[Any, Fill]) -> None:
        template, fill = message
        publisher = self._node.create_publisher(type(template), topic, qos)
        needs_control = rate in OF_CONTROL_NODE
        self._topics.append((PublishRate(value(self._node, f"{rate}_rate_hz")), publisher, fill, needs_control))
