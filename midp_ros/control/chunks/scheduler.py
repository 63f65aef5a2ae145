"""Chunk scheduler: which action is in force at a time, and when the next chunk is due; imports core."""

from __future__ import annotations

import math
from collections import deque

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract

REMEMBERED_LATENCIES = 5
TIE = 1e-9  # rounding of times [steps]


def past_actions(latency_s: float, step_s: float) -> int:
    """How many actions of a chunk are past when it arrives so long after its observation.

    With half a step of latency the chunk runs half a step late, and not by chance half a step early.
    """
    return math.ceil(latency_s / step_s - 0.5 - TIE)


def remaining_actions(chunk: ActionChunk, time_s: float) -> ActionChunk | None:
    """The actions still to execute of a chunk that arrives at `time_s`, timed from then on; None if all are past."""
    past = past_actions(max(0.0, time_s - chunk.time_s), chunk.step_s)
    if past >= len(chunk):
        return None
    return ActionChunk(chunk.actions[past:], max(time_s, chunk.time_s), chunk.step_s)


class ChunkScheduler:
    """Switches from chunk to chunk by time.

    A chunk computed from the observation of time t arrives at t + latency. By then its first
    round(latency / step) actions are past: they are dropped, and the others run from its arrival on, so that every
    action gets its full step.

    |o| asked                  |o| asked again `executed_steps` later, minus whole steps of latency
      |a|a|a|a|a|a|a|a|. . . .   the first chunk's actions; those after the hand-over are never issued
                                |a|a|a|a|a|a|a|a|. . . .

    Args:
        executed_steps: number of actions to execute before the next chunk takes over.
    """

    def __init__(self, contract: Contract, executed_steps: int | None = None):
        self.step_s = contract.step_s
        self.executed_steps = contract.horizon.executed if executed_steps is None else executed_steps
        self.reset()

    def reset(self) -> None:
        """Forgets every chunk."""
        self._chunk: ActionChunk | None = None  # timed from its arrival
        self._previous: ActionChunk | None = None
        self._observed_s, self._hurried = -math.inf, False
        self._latencies_s: deque[float] = deque(maxlen=REMEMBERED_LATENCIES)

    @property
    def latency_s(self) -> float:
        """The longest of the last few times from observation to chunk [s]; 0 before the first."""
        return max(self._latencies_s, default=0.0)

    @property
    def past_steps(self) -> int:
        """How many actions of the next chunk will be past when it arrives, if it takes as long as the last few."""
        return past_actions(self.latency_s, self.step_s)

    def hurry(self) -> None:
        """The motion along the chunk has been stopped: the next control step asks for another one."""
        self._hurried = True

    def due(self, time_s: float) -> bool:
        """Whether this control step has to ask for a new chunk."""
        if self._chunk is None or self._hurried:
            return True
        wanted = min(self.executed_steps, len(self._chunk))
        early = math.floor(self.latency_s / self.step_s + TIE)
        return round((time_s - self._observed_s) / self.step_s) >= max(1, wanted - early)

    def accept(self, chunk: ActionChunk, time_s: float) -> ActionChunk | None:
        """Takes a chunk that arrives at `time_s`.

        Returns:
            The actions still to execute, timed from `time_s`; None when the chunk is older than the current one or
            all of it is past.
        """
        if chunk.time_s <= self._observed_s:
            return None
        self._latencies_s.append(max(0.0, time_s - chunk.time_s))
        if (remaining := remaining_actions(chunk, time_s)) is None:
            return None
        self._previous, self._chunk, self._observed_s = self._chunk, remaining, chunk.time_s
        self._hurried = False
        return remaining

    def action(self, time_s: float) -> Array | None:
        """The action (action_size,) issued at the control step nearest to a time; None where no chunk reaches."""
        for chunk in (self._chunk, self._previous):
            if chunk is None:
                return None
            index = math.floor((time_s - chunk.time_s) / self.step_s + 0.5 + TIE)
            if index >= 0:
                action: Array | None = chunk.actions[index] if index < len(chunk) else None
                return action
        return None
