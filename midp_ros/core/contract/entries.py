"""What a contract is made of: horizons, and entries of observations and actions. Imports core's errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from midp_ros.core.errors import ContractError

SINKS = ("arm", "gripper")
IMAGE_TYPES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
IMAGE_ENCODINGS = ("rgb8", "bgr8", "rgba8", "bgra8", "mono8")  # of an Image's pixels, 8 bits a channel
CAMERA_RATE_HZ = 30.0  # of the stand-in's cameras that a model observes: a common one of real cameras


@dataclass(frozen=True)
class Horizon:
    """Numbers of control steps that the policy observes, predicts and executes (Chi et al. 2023, section III).

        |o|o|                               observed: 2
        | |a|a|a|a|a|a|a|a|                 executed: 8
        |p|p|p|p|p|p|p|p|p|p|p|p|p|p|p|p|   predicted: 16

    The newest observation's step is the first one that is executed.
    """

    observed: int
    predicted: int
    executed: int

    def __post_init__(self) -> None:
        if min(self.observed, self.predicted, self.executed) < 1:
            raise ContractError(f"horizons must be at least 1 step, got {self}")
        if self.observed - 1 + self.executed > self.predicted:
            raise ContractError(
                f"executed={self.executed} steps after observed={self.observed} do not fit "
                f"predicted={self.predicted}; need observed - 1 + executed <= predicted"
            )


@dataclass(frozen=True)
class Entry:
    """One named vector of the observation or the action.

    Attributes:
        name: e.g. `tool_position`.
        size: number of values.
        unit: `m`, `rad`, `1`.
        frame: the frame it is expressed in, where it has one.
        topic, type, field: source of an observation over ROS, for a robot in the root namespace.
        sink: of an action: `arm` or `gripper`.
        relative_to: the observation entry whose newest value the policy subtracts: it sees and predicts offsets.
        policy_input: False for a value that is recorded and used by the controller but hidden from the policy.
        low, high: of an observation: plausible values (size,), in its unit.
        max_speed: of an observation: plausible change between samples, in its unit (of a rotation: rad) per second.
    """

    name: str
    size: int
    unit: str
    frame: str = ""
    topic: str = ""
    type: str = ""
    field: str = ""
    sink: str = ""
    relative_to: str = ""
    policy_input: bool = True
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    max_speed: float | None = None

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ContractError(f"entry {self.name!r}: size must be at least 1, got {self.size}")
        if self.sink and self.sink not in SINKS:
            raise ContractError(f"entry {self.name!r}: sink {self.sink!r} is none of {', '.join(SINKS)}")
        for key in ("low", "high"):
            limit = getattr(self, key)
            if limit is not None and len(limit) != self.size:
                raise ContractError(f"entry {self.name!r}: {key} must be {self.size} numbers, got {list(limit)}")
        if self.max_speed is not None and not self.max_speed > 0:
            raise ContractError(f"entry {self.name!r}: max_speed must be above 0, got {self.max_speed}")


@dataclass(frozen=True)
class ImageEntry:
    """One named camera image of the observation; its pictures are uint8 arrays beside the observation vector.

    A picture of another size is cropped about its centre to the aspect of `shape`, and resized.

    Attributes:
        name: of the camera, e.g. `wrist`.
        shape: height and width [pixels], and 3: red, green, blue.
        frame: of the optical frame, where it shall be checked.
        topic, type: source over ROS, for a robot in the root namespace: a sensor_msgs/msg/Image or CompressedImage.
    """

    name: str
    shape: tuple[int, ...]
    unit: str = "1"
    frame: str = ""
    topic: str = ""
    type: str = IMAGE_TYPES[0]

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1 or self.shape[2] != 3:
            raise ContractError(f"image {self.name!r}: shape must be height, width and 3, got {list(self.shape)}")
        if self.type not in IMAGE_TYPES:
            raise ContractError(f"image {self.name!r}: type {self.type!r} is none of {', '.join(IMAGE_TYPES)}")

    @property
    def model_input(self) -> str:
        """The name of a model's input for its pictures."""
        return f"image_{self.name}"


def entry_slices(entries: Iterable[Entry]) -> dict[str, slice]:
    """Where each entry's values are in the vector of all of them, by name."""
    slices, start = {}, 0
    for entry in entries:
        slices[entry.name] = slice(start, start + entry.size)
        start += entry.size
    return slices
