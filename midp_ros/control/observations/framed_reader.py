"""Readers of a contract's entries that take each value in the entry's frame; imports core and kinematics, no ROS.

| message | the entry's frame | a message in another frame |
|---|---|---|
| joint states | has no meaning | is taken |
| poses, points, vectors, twists, wrenches | the contract's; without one: the robot's base | is transformed by /tf |
| any other, as pictures (image_reader) | the contract's; without one: any | cannot be used |

A message without a frame is not used where a frame is expected: its numbers may mean anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from midp_ros.control.observations.frame_changes import CHANGES, in_frame
from midp_ros.control.observations.image_reader import ImageReader
from midp_ros.control.observations.message_values import sample_time_s, seconds_from_stamp
from midp_ros.control.observations.readers import Reader, entry_reader
from midp_ros.control.supervision.observation_monitor import Sample
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.errors import ContractError, ObservationError
from midp_ros.core.pose import Pose
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.naming import BASE, frame_names
from midp_ros.kinematics.transform_buffer import PendingTransformError, TransformError, plain

JOINT_STATE = "sensor_msgs/msg/JointState"


class Transforms(Protocol):
    """Finds poses of frames in each other; a listener to /tf is one, and so are the transforms of a recording."""

    def pose(self, targets: Sequence[str], source: str, time_s: float) -> Pose:
        """Pose of a source frame in the first of the target frames that it can be given in; raises TransformError."""


class SampleReader(Protocol):
    """Reads one entry: a FramedReader or an ImageReader."""

    def sample(self, received_s: float, message: Any) -> Sample:
        """As FramedReader's."""


class FramedReader:
    """Reads one entry.

    Args:
        read: from a message to the entry's value (size,), in the message's frame.
        profile: with the names that ROS uses.
    """

    def __init__(self, entry: Entry, read: Reader, profile: RobotProfile, transforms: Transforms):
        self._read, self._kind, self._transforms = read, entry.type, transforms
        frame = entry.frame or (BASE if self._kind in CHANGES else "")
        self._frames = () if self._kind == JOINT_STATE or not frame else frame_names(frame, profile)

    def sample(self, received_s: float, message: Any) -> Sample:
        """The value out of a message, or what is wrong with it.

        Args:
            received_s: on the node's clock [s].

        Raises:
            PendingTransformError: the message is in another frame, and the transform at its time has not come yet.
        """
        time_s = sample_time_s(received_s, message)
        stamp_s = seconds_from_stamp(message.header.stamp) if hasattr(message, "header") else 0.0
        try:
            return Sample(time_s, self._read(self._in_frame(message, stamp_s)))
        except PendingTransformError:
            raise
        except ObservationError as e:
            return Sample(time_s, problem=str(e))

    def _in_frame(self, message: Any, stamp_s: float) -> Any:
        if not self._frames:
            return message
        if (given := plain(message.header.frame_id) if hasattr(message, "header") else "") in self._frames:
            return message
        if not given:
            raise ObservationError(f"its frame_id is empty: the publisher must name the frame, as {self._frames[0]!r}")
        try:
            if self._kind not in CHANGES:
                raise TransformError(f"a {self._kind.rpartition('/')[2]} cannot be transformed")
            pose = self._transforms.pose(self._frames, given, stamp_s)
        except TransformError as e:
            wanted = " or ".join(map(repr, self._frames))
            raise type(e)(f"it is in frame {given!r}, the contract's is {wanted}: {e}") from None
        return in_frame(message, self._kind, self._frames[0], pose)


def readers_by_topic(
    contract: Contract, profile: RobotProfile, transforms: Transforms
) -> dict[str, dict[str, SampleReader]]:
    """A reader of every entry that the contract observes, by topic and entry name; raises as `entry_reader`.

    Raises:
        ContractError: an image without a topic.
    """
    readers: dict[str, dict[str, SampleReader]] = {}
    for entry in contract.observation:
        read = entry_reader(entry, profile)
        reader = FramedReader(entry, read, profile, transforms)
        readers.setdefault(entry.topic, {})[entry.name] = reader
    for image in contract.images:
        if not image.topic:
            raise ContractError(f"image {image.name!r} cannot be read over ROS: the contract names no topic")
        readers.setdefault(image.topic, {})[image.name] = ImageReader(image, profile)
    return readers


def newest_samples(
    readers: Mapping[str, SampleReader], messages: Iterable[tuple[float, Any]]
) -> tuple[dict[str, Sample], bool]:
    """Samples by entry name out of the newest message of a topic that can be read by now.

    Args:
        messages: each with its time of arrival [s], newest first.

    Returns:
        the samples, and whether a newer message waits for its transform.
    """
    waiting: dict[str, Sample] = {}
    for received_s, message in messages:
        try:
            return {name: reader.sample(received_s, message) for name, reader in readers.items()}, bool(waiting)
        except PendingTransformError as e:
            waiting = waiting or {name: Sample(received_s, problem=str(e)) for name in readers}
    return waiting, bool(waiting)
