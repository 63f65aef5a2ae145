"""A control step waits a little for observations that have only just come; imports nothing.

due                        latest
 |-------- patience --------|
      x    x   x -> runs            x: a topic speaks
"""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 0.02
LOOK_S = 0.0005  # between two looks at the topics


def patience(step_s: float) -> float:
    """How long a step may wait [s], for steps of a length: never more than half of it."""
    return min(PATIENCE_S, step_s / 2)


def await_fresh(
    take: Callable[[], set[str]],
    awaited: set[str],
    patience_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Returns once every awaited topic has spoken, or after the patience.

    Args:
        take: looks; returns which topics have spoken since the last look.
        awaited: worth waiting for is a topic that speaks so often that a message is to be expected within the
            patience: a gripper at 15 Hz is not.
    """
    latest_s = clock() + patience_s
    while (awaited := awaited - take()) and clock() < latest_s:
        sleep(LOOK_S)
