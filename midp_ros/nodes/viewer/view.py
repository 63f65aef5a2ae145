"""What the page shows while a browser has it open; imports the polled topics and rclpy."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from nav_msgs.msg import Path
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ObservationError
from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.core.stamp import seconds
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.polled_observations import PolledObservations
from midp_ros.nodes.ros.conversions import action_from_message, pose_message
from midp_ros.nodes.ros.status_conversions import values_from_status
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.nodes.viewer.newest_messages import NewestMessages
from midp_ros.nodes.viewer.picture_topics import PictureTopics
from midp_ros.nodes.viewer.scene_source import SceneSource
from midp_ros.nodes.viewer.view_contract import scene_names, view_contract
from midp_ros.viewer import Page
from midp_ros.viewer.limit_use import JointValues

SLOW = 3  # bars, chunk, reports and pictures are drawn every so many updates
NEWEST, LATCHED = QoSProfile(depth=1), QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
SOME = QoSProfile(depth=10)
TASK, RECORDER, DIAGNOSTICS = "task/status", "recorder/status", "/diagnostics"
QUESTION = "deployment/question"


class View:
    """Subscriptions and a timer, from the first browser to the last one.

    Args:
        profile: with the names that ROS uses.
        drivers: names of the nodes that may drive the arm.
        rate_hz: of the page.
        targets: where the tool is dragged to.
    """

    def __init__(
        self, node: Node, page: Page, contract: Contract, profile: RobotProfile, drivers: Sequence[str],
        scene: SceneSource, rate_hz: float, targets: Publisher,
    ):  # fmt: skip
        self._node, self._page, self._contract, self._profile = node, page, contract, profile
        self._scene, self._targets = scene, targets
        namespace = node.get_namespace().rstrip("/")
        self._drivers = {f"{namespace}/{name}": name for name in drivers}
        self._names, self._updates = scene_names(contract), 0
        self._observed = PolledObservations(node, view_contract(contract, profile.joints), profile, self._now_s)
        self._messages = NewestMessages(
            node,
            {
                TASK: (DiagnosticStatus, NEWEST),
                RECORDER: (String, LATCHED),
                QUESTION: (String, LATCHED),
                DIAGNOSTICS: (DiagnosticArray, SOME),
                **{f"{name}/planned_path": (Path, NEWEST) for name in drivers},
                **{f"{name}/action": (JointState, NEWEST) for name in drivers},
            },
        )
        self._pictures = PictureTopics(node, page.pictures)
        self._timer = steady_timer(node, 1.0 / rate_hz, self._update)

    def look(self) -> None:
        """What changes seldom: which cameras there are."""
        self._pictures.look()

    def close(self) -> None:
        """Leaves all topics."""
        self._node.destroy_timer(self._timer)
        for part in (self._observed, self._messages, self._pictures):
            part.close()

    def _now_s(self) -> float:
        return seconds(self._node.get_clock().now().nanoseconds)

    def _update(self) -> None:
        self._updates += 1
        self._observed.take()
        samples = self._observed.samples()
        values = {name: sample.value for name, sample in samples.items() if sample.value is not None}
        with self._page.together():
            self._show_robot(values)
            self._show_scene(values)
            for name in self._drivers.values():
                self._show_action(name)
            if self._updates % SLOW == 0:
                for name in self._drivers.values():
                    self._show_plan(name)
                self._show_reports()
        if self._updates % SLOW == 1:
            self._pictures.show()
        if (target := self._page.drag.target) is not None:
            self._targets.publish(pose_message(target, self._profile.base_frame, self._now_s()))

    def _show_robot(self, values: dict[str, Array]) -> None:
        if "joint_position" in values:
            unknown = np.full(self._profile.joints, np.nan)
            joints = JointValues(
                values["joint_position"], values.get("joint_velocity", unknown), values.get("joint_torque", unknown)
            )
            finger_m = values["gripper_width"].item() / 2 if "gripper_width" in values else np.nan
            self._page.show_joints(joints, finger_m)
            if self._updates % SLOW == 0:
                self._page.show_limits(joints)
        if "tool_position" in values and "tool_rotation" in values:
            tool = _pose(values, "tool")
            self._page.motion.show_tool(tool)
            self._page.drag.rest_at(tool)
            if "force" in values:
                self._page.motion.show_force(tool.position_m, values["force"])

    def _show_scene(self, values: dict[str, Array]) -> None:
        if (message := self._messages.newest(TASK)) is not None:
            try:
                report = TaskReport.from_message(message)
            except ObservationError:
                return
            self._scene.begin(report.task, report.seed, report.episode)
        self._scene.show({name: _pose(values, name) for name in self._names if f"{name}_position" in values})

    def _show_plan(self, driver: str) -> None:
        path: Path | None = self._messages.newest(f"{driver}/planned_path")
        if path is not None:
            points = [(p.pose.position.x, p.pose.position.y, p.pose.position.z) for p in path.poses]
            self._page.motion.show_chunk(np.array(points).reshape(-1, 3), self._contract.horizon.executed)

    def _show_action(self, driver: str) -> None:
        action = self._messages.newest(f"{driver}/action")
        if action is not None and "tool_position" in self._contract.action_slices:
            try:
                numbers = action_from_message(self._contract, action)[1]
            except ObservationError:  # another contract's
                return
            self._page.motion.show_action(numbers[self._contract.action_slices["tool_position"]])

    def _show_reports(self) -> None:
        for message in self._messages.all(DIAGNOSTICS):
            for status in message.status:
                if status.name in self._drivers:
                    self._page.show_driver(self._drivers[status.name], values_from_status(status))
        if (asked := self._messages.newest(QUESTION)) is not None:
            self._page.show_question(asked.data)
        if (said := self._messages.newest(RECORDER)) is not None:
            try:
                status = json.loads(said.data)
            except ValueError:
                status = {"state": said.data}
            self._page.show_recorder(status if isinstance(status, dict) else {"state": str(status)})


def _pose(values: dict[str, Array], name: str) -> Pose:
    rotation = values.get(f"{name}_rotation")
    return Pose(values[f"{name}_position"], np.eye(3) if rotation is None else matrix_from_rotation6(rotation))
