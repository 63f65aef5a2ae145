"""What a Franka's graph should look like, from its profile and a skill's contract; imports core and kinematics.

Sources: franka_bringup and franka_robot_state_broadcaster of franka_ros2 v2.5 and v3.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from midp_ros.core.contract import Contract, Entry, ImageEntry
from midp_ros.doctor.expected_topic import (
    ARM_STATE,
    BASE,
    BROADCAST,
    BROADCASTER,
    CLOCK,
    FRAMED,
    JOINT_STATE,
    NO_CAMERA,
    NO_DRIVER,
    POSE,
    ROBOT_STATE,
    SLOW_MERGED,
    UNUSED_RATE_HZ,
    ExpectedTopic,
)
from midp_ros.doctor.finding import Status
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.naming import arm_controller, frame_names, named


@dataclass(frozen=True)
class Expectation:
    """Names and rates to compare a graph with.

    Attributes:
        namespace: of the robot's nodes, e.g. `left`; empty is the root.
        robot_type: start of the joints' names; empty means the profile's name.
        arm_prefix: before the robot type, e.g. `left`.
        gripper, stream_topic: relative to the namespace unless they begin with a slash.
        arm_controller: the joint_trajectory_controller's name; empty means <robot type>_arm_controller.
        contract: the skill that the graph must serve.
    """

    profile: RobotProfile
    namespace: str = ""
    robot_type: str = ""
    arm_prefix: str = ""
    gripper: str = "franka_gripper"
    arm_controller: str = ""
    stream_topic: str = "joint_follower_controller/joint_targets"
    contract: Contract | None = None

    @property
    def names(self) -> RobotProfile:
        """The profile with the names that this arm should have."""
        return named(self.profile, self.robot_type, self.arm_prefix.rstrip("_"))

    @property
    def gripper_namespace(self) -> str:
        """Full name of the gripper's namespace."""
        return self.resolve(self.gripper)

    @property
    def trajectory_topic(self) -> str:
        """Input of the joint_trajectory_controller."""
        controller = self.arm_controller or arm_controller(self.profile, self.robot_type)
        return self.resolve(f"{controller}/joint_trajectory")

    @property
    def needs_gripper(self) -> bool:
        """Whether the contract commands the gripper."""
        return self.contract is not None and any(e.sink == "gripper" for e in self.contract.action)

    def resolve(self, name: str) -> str:
        """A full name, as ROS resolves it in the namespace."""
        if name.startswith("/"):
            return name
        return "/" + "/".join(part for part in (self.namespace.strip("/"), name) if part)

    def topics(self) -> list[ExpectedTopic]:
        """State topics of the robot and of the contract, each once."""
        joints, fingers = self.names.joint_names, self.names.finger_joint_names
        topics = [
            ExpectedTopic(self.resolve(ARM_STATE), JOINT_STATE, joints, missing=Status.FAILED,
                          missing_remedy=NO_DRIVER),
            ExpectedTopic(self.resolve("joint_states"), JOINT_STATE, joints, missing_remedy=NO_DRIVER,
                          slow_remedy=SLOW_MERGED),
            ExpectedTopic(self.resolve(f"{BROADCASTER}/robot_state"), ROBOT_STATE, good_hz=10.0),
            ExpectedTopic(self.resolve(f"{BROADCASTER}/current_pose"), POSE, frames=self._base_frames),
            ExpectedTopic(f"{self.gripper_namespace}/joint_states", JOINT_STATE, fingers, good_hz=10.0,
                          missing_remedy="start franka_bringup with load_gripper:=true"),
            *(ExpectedTopic(self.resolve(f"{BROADCASTER}/{name}"), kind, good_hz=10.0, missing=None,
                            joints=joints if name.endswith("joint_states") else ())  # torques come without positions
              for name, kind in BROADCAST.items()),
        ]  # fmt: skip
        by_name = {t.topic: t for t in topics}
        if self.contract is None:
            return topics
        entries = self.contract.in_namespace(self.namespace).observation
        unused = by_name.keys() - {entry.topic for entry in entries}
        # A rate that only a policy needs is no matter where the policy observes another topic.
        by_name |= {t: replace(by_name[t], good_hz=min(by_name[t].good_hz, UNUSED_RATE_HZ)) for t in unused}
        for entry in entries:
            by_name[entry.topic] = self._needed(entry, by_name.get(entry.topic))
        by_name |= {image.topic: self._camera(image) for image in self.contract.in_namespace(self.namespace).images}
        return list(by_name.values())

    def listened_topics(self) -> list[str]:
        """Every topic whose messages matter."""
        return [*(t.topic for t in self.topics()), self.resolve(self.stream_topic), CLOCK]

    @property
    def _base_frames(self) -> tuple[str, ...]:
        return frame_names(BASE, self.names)

    def _frames(self, entry: Entry) -> tuple[str, ...]:
        """Frames that the policy takes an entry in (control/observations/framed_reader.py)."""
        frame = entry.frame or (BASE if entry.type in FRAMED else "")
        return frame_names(frame, self.names) if frame and entry.type != JOINT_STATE else ()

    def _camera(self, image: ImageEntry) -> ExpectedTopic:
        assert self.contract is not None
        rate_hz = self.contract.rate_hz
        return ExpectedTopic(
            image.topic, image.type, frames=frame_names(image.frame, self.names) if image.frame else (),
            size=(image.shape[0], image.shape[1]), least_hz=rate_hz, good_hz=rate_hz, missing=Status.FAILED,
            missing_remedy=f"the skill {self.contract.skill!r} sees by it: {NO_CAMERA}",
        )  # fmt: skip

    def _needed(self, entry: Entry, known: ExpectedTopic | None) -> ExpectedTopic:
        assert self.contract is not None
        rate_hz = self.contract.rate_hz
        if known is None:
            arm = entry.size == len(self.names.joint_names)
            joints = self.names.joint_names if arm else self.names.finger_joint_names
            remedy = "start what publishes it; a task's poses come from a camera's detector, or from the simulation"
            known = ExpectedTopic(entry.topic, entry.type, joints, good_hz=rate_hz, missing_remedy=remedy)
        reason = f"the skill {self.contract.skill!r} needs it: "
        return replace(
            known,
            type=entry.type,
            frames=self._frames(entry),
            least_hz=rate_hz,
            missing=Status.FAILED,
            missing_remedy=reason + known.missing_remedy.removeprefix(reason),  # several entries may share a topic
        )
