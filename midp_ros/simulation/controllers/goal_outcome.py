"""The outcome of a trajectory goal; imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class GoalCode(IntEnum):
    """error_code of control_msgs/FollowJointTrajectory's result, as far as the controller sets it."""

    SUCCESSFUL = 0
    INVALID_GOAL = -1
    PATH_TOLERANCE_VIOLATED = -4
    GOAL_TOLERANCE_VIOLATED = -5


@dataclass(frozen=True)
class GoalOutcome:
    """error_code and error_string of the result."""

    code: GoalCode
    text: str
