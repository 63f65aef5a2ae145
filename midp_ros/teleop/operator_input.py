"""Operator input: the command, the gripper and the named events out of all devices; imports core.

Events that are handled here: `faster`, `slower`, `tool_frame` (velocities in the tool's or in the base's axes),
`gripper_open`, `gripper_close`, `gripper_toggle`. All others are for the node: `episode_start`, `arm_stop`, ...
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.clutch import Clutch
from midp_ros.teleop.inputs import HandPose, LeaderJoints, Velocity
from midp_ros.teleop.tool_reference import REST, Command, Drive, ToolLimits

TAKE_OVER_EVENTS = ("take_over", "hand_back")
SCALE_STEP, LEAST_SCALE = 1.25, 0.05


@dataclass(frozen=True)
class OperatorSettings:
    """How a person's motions turn into the tool's.

    Attributes:
        scale: share of the largest speeds at the start, LEAST_SCALE to 1.
        hand_scale: share of a hand's translation that the tool makes.
    """

    limits: ToolLimits = field(default_factory=ToolLimits)
    scale: float = 0.5
    hand_scale: float = 1.0


class OperatorInput:
    """Reads all devices. `read` may be called from one thread and `command` from another."""

    def __init__(self, arbiter: Arbiter, settings: OperatorSettings | None = None):
        self.settings = settings or OperatorSettings()
        self._arbiter, self._clutch, self._lock = arbiter, Clutch(), threading.Lock()
        self.scale, self.in_tool = self.settings.scale, False
        self._gripper: float | None = None
        self._toggled = False
        self._asked: str | None = None
        self._events: list[str] = []
        self._news: list[str] = []

    @property
    def owner(self) -> str:
        """The device that has the arm; empty while none has."""
        return self._arbiter.owner

    @property
    def barred(self) -> dict[str, str]:
        """Devices whose motion does not count, and why."""
        with self._lock:
            return self._arbiter.barred

    def read(self, time_s: float) -> None:
        """Takes in what the devices sent up to now, on the loop's clock [s]."""
        with self._lock:
            for given in self._arbiter.read(time_s):
                if given.gripper is not None and np.isfinite(given.gripper):
                    self._gripper = float(np.clip(given.gripper, 0.0, 1.0))
                for event in given.events:
                    self._handle(event)
            self._news += self._arbiter.news()

    def command(self, tool: Pose) -> Command | LeaderJoints:
        """What the tool or the joints shall do now.

        Args:
            tool: where the tool's target is.
        """
        with self._lock:
            motion = self._arbiter.motion()
            if not isinstance(motion, HandPose) or motion.absolute:
                self._clutch.open()
            if motion is None:
                return REST
            if isinstance(motion, LeaderJoints):
                return motion
            if isinstance(motion, Velocity):
                return self._drive(motion, tool)
            return motion.pose if motion.absolute else self._follow(motion, tool)

    def magnitude(self) -> float:
        """How much the devices ask for: of a velocity the largest share, of a hand 1; 0 at rest, and of a leader arm,
        which never rests."""
        with self._lock:
            motion = self._arbiter.motion()
        if motion is None:
            return 0.0
        if isinstance(motion, LeaderJoints):
            return 0.0
        if isinstance(motion, HandPose):
            return 1.0
        linear, angular = motion.linear, motion.angular
        if not motion.shares:
            limits = self.settings.limits
            linear, angular = linear / limits.linear_m_s, angular / limits.angular_rad_s
        return float(max(np.abs(linear).max(), np.abs(angular).max()))

    def asked(self) -> str | None:
        """`take_over` or `hand_back`, where a button asked for it since the last call; the first one toggles."""
        with self._lock:
            asked, self._asked = self._asked, None
            return asked

    def gripper_width_m(self, present_m: float, open_m: float) -> float:
        """The commanded width.

        Args:
            present_m: the width commanded so far.
            open_m: the gripper's widest opening.
        """
        with self._lock:
            if self._toggled:
                self._gripper = 1.0 if present_m < open_m / 2 else 0.0
            share, self._gripper, self._toggled = self._gripper, None, False
        return present_m if share is None else share * open_m

    def events(self) -> list[str]:
        """The events for the node since the last call."""
        with self._lock:
            found, self._events = self._events, []
            return found

    def news(self) -> list[str]:
        """Messages for the operator since the last call."""
        with self._lock:
            found, self._news = self._news, []
            return found

    def close(self) -> None:
        """Closes every device."""
        with self._lock:
            self._arbiter.close()

    # --- inside, with the lock held ----------------------------------------------------------------------------------
    def _handle(self, event: str) -> None:
        if event in ("faster", "slower"):
            factor = SCALE_STEP if event == "faster" else 1 / SCALE_STEP
            self.scale = min(1.0, max(LEAST_SCALE, self.scale * factor))
        elif event == "tool_frame":
            self.in_tool = not self.in_tool
        elif event in ("gripper_open", "gripper_close"):
            self._gripper, self._toggled = (1.0 if event == "gripper_open" else 0.0), False
        elif event == "gripper_toggle":
            self._toggled = not self._toggled
        else:
            if event in TAKE_OVER_EVENTS:
                self._asked = event
            self._events.append(event)

    def _drive(self, velocity: Velocity, tool: Pose) -> Drive:
        limits = self.settings.limits
        linear, angular = velocity.linear, velocity.angular
        most_m_s, most_rad_s = self.scale * limits.linear_m_s, self.scale * limits.angular_rad_s
        if velocity.shares:
            linear, angular = most_m_s * np.clip(linear, -1, 1), most_rad_s * np.clip(angular, -1, 1)
        if velocity.in_tool or self.in_tool:
            linear, angular = tool.rotation @ linear, tool.rotation @ angular
        return Drive(_at_most(linear, most_m_s), _at_most(angular, most_rad_s))

    def _follow(self, hand: HandPose, tool: Pose) -> Pose:
        jumps = self._clutch.jumps
        goal = self._clutch.follow(hand.pose, tool, self.settings.hand_scale)
        if self._clutch.jumps > jumps:
            self._news.append(f"{self._arbiter.owner}: the hand's pose jumped; that motion is left out")
        return goal


def _at_most(vector: Array, length: float) -> Array:
    norm = float(np.linalg.norm(vector))
    return vector if norm <= length else vector * (length / norm)
