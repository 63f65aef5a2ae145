"""When a control step runs, so that it sees observations that have only just come; imports nothing."""

from __future__ import annotations

from collections.abc import Iterable

PATIENCE_S = 0.02


class FreshStep:
    """On the contract's grid: a step is due, and runs once every topic that can be waited for has spoken since.

        due              latest (a timer's grid, for ever)
         |---- patience ----|
           x x     x -> runs                 x: a topic speaks

    Worth waiting for is a topic that spoke so often since the step before that another message is to be expected
    within the patience: a gripper at 15 Hz is not.

    Args:
        step_s: between two steps.
        topics: that are observed.
        patience_s: the longest wait; never more than half a step.
    """

    def __init__(self, step_s: float, topics: Iterable[str], patience_s: float = PATIENCE_S):
        self._step_s, self._patience_s = step_s, min(patience_s, step_s / 2)
        self._heard = dict.fromkeys(topics, 0)
        self._lacking: set[str] = set()
        self._due_s = float("inf")
        self._pending, self._opened = True, False

    def opens(self, time_s: float) -> bool:
        """Whether the step has become due since this was last asked: time to prepare it."""
        if self._opened or not self._pending or time_s < self._due_s:
            return False
        self._opened = True
        return True

    def heard(self, topic: str, time_s: float) -> bool:
        """A topic has spoken; returns whether the step is to run now."""
        self._heard[topic] += 1
        if not self._pending or time_s < self._due_s:
            return False
        self._lacking.discard(topic)
        return self._run() if not self._lacking else False

    def latest(self, time_s: float) -> bool:
        """The timer has come to a step's latest time; returns whether the step has still to run."""
        runs = self._pending and self._run()
        self._pending, self._opened = True, False
        self._due_s = time_s + self._step_s - self._patience_s
        return runs

    def _run(self) -> bool:
        enough = self._step_s / self._patience_s
        self._lacking = {topic for topic, count in self._heard.items() if count >= enough}
        self._heard = dict.fromkeys(self._heard, 0)
        self._pending = False
        return True
