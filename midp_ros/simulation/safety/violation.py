"""What makes the arm stop: the errors' names and a sentence; imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """The first cycle of a batch in which something was not allowed.

    Attributes:
        index: row of the batch; the rows before it were in order.
        errors: names of fields of franka_msgs/Errors, all that this cycle raises.
        reason: what happened, with joint, value and limit.
    """

    index: int
    errors: frozenset[str]
    reason: str
