"""The worst episodes of an evaluation, kept to be drawn; imports the standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def badness(episode: Mapping[str, Any]) -> tuple[float, ...]:
    """Sorts episodes: failures before successes, reflexes before timeouts, then by error, or by time to success."""
    if "max_reward" in episode:
        return (1.0 - episode["max_reward"],)
    if episode["success"]:
        return (0.0, 0.0, episode["duration_s"])
    return (1.0, float(bool(episode["reflexes"])), episode["position_error_m"])


class WorstEpisodes:
    """The `count` worst of the episodes so far, each with its recording."""

    def __init__(self, count: int):
        self._count = count
        self._kept: list[tuple[dict[str, Any], Any]] = []

    def add(self, episode: dict[str, Any], recording: Any = None) -> None:
        """Takes an episode; drops the best one beyond the count."""
        self._kept.append((episode, recording))
        self._kept.sort(key=lambda kept: (badness(kept[0]), -kept[0]["seed"]), reverse=True)
        del self._kept[self._count :]

    def __iter__(self) -> Any:
        """(episode, recording), the worst first."""
        return iter(self._kept)
