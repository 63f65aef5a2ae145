"""Modes of a Franka, as in its state message; imports the standard library only."""

from __future__ import annotations

from enum import IntEnum


class RobotMode(IntEnum):
    """franka_msgs/FrankaRobotState's robot_mode."""

    OTHER = 0
    IDLE = 1
    MOVE = 2
    GUIDING = 3
    REFLEX = 4
    USER_STOPPED = 5
    AUTOMATIC_ERROR_RECOVERY = 6


MODES = tuple(mode.name for mode in RobotMode)
COMMANDABLE = (RobotMode.IDLE.name, RobotMode.MOVE.name)
