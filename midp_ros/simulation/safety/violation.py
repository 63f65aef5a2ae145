"""A violation that stops the arm: the errors' names and a sentence; imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """The first cycle of a batch that violates a limit.

    Attributes:
        index: row of the batch; the rows before it are within the limits.
        errors: names of fields of franka_msgs/Errors, all that this cycle raises.
        reason: a sentence with joint, value and limit.
    """

    index: int
    errors: frozenset[str]
    reason: str
