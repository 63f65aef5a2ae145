"""What was recorded, from whom and how: the metadata record `midp_recording` of a bag; imports core."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from midp_ros.core.errors import FileFormatError
from midp_ros.core.plain_data import build

GUIDING = "guiding"


@dataclass(frozen=True)
class Driver:
    """A node that drives the arm.

    Attributes:
        topic: of its actions.
        step_s: from an action's stamp to when it is to be reached [s]; 0 for a stream of targets.
        label: of what it drives, in the episode's segments.
    """

    name: str
    topic: str
    step_s: float
    label: str


@dataclass(frozen=True)
class Setup:
    """Names and settings of a recording.

    Attributes:
        drivers: in the order of precedence, the last one first; none where the arm is guided by hand.
        max_observation_age_s: a step with an older observation is left out [s].
        namespace, robot_type, arm_prefix: of the robot on the graph.
    """

    source: str
    drivers: tuple[Driver, ...] = ()
    max_observation_age_s: float = 0.5
    namespace: str = ""
    robot_type: str = ""
    arm_prefix: str = ""
    topics: tuple[str, ...] = field(default=())

    @property
    def guided(self) -> bool:
        """Whether a person led the arm by hand."""
        return self.source == GUIDING

    def to_plain(self) -> dict[str, Any]:
        """Plain data; the inverse of `from_plain`."""
        return asdict(self)

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> Setup:
        """Raises FileFormatError where a key is missing or unknown."""
        setup: Setup = build(cls, data, "recording", FileFormatError)
        return setup
