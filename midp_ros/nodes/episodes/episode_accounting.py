"""The accountant beside a recorder: how much each episode teaches; imports accounting and recording, no ROS."""

from __future__ import annotations

import threading
from pathlib import Path

from midp_ros.accounting import Accountant, Verdict
from midp_ros.core.episode import Episode
from midp_ros.core.errors import MidpError
from midp_ros.recording import episode_paths, read_episode


class EpisodeAccounting:
    """Compares each episode with those in the folder, which a thread of its own reads meanwhile.

    It never costs an episode: whatever fails in it ends in a verdict that it cannot tell.
    """

    def __init__(self, folder: str | Path):
        self._accountant = Accountant()
        self._judged: Episode | None = None
        self._ready = threading.Event()
        self._reading = threading.Thread(target=self._read, args=(Path(folder),), name="accountant", daemon=True)
        self._reading.start()

    def judge(self, episode: Episode) -> Verdict:
        """Compares an episode; `keep` then adds it to the set."""
        self._judged = episode
        if not self._ready.is_set():
            return Verdict.unknown("the episodes before are still being read")
        try:
            return self._accountant.judge(episode)
        except Exception as e:  # of arithmetic on an episode of an unforeseen kind
            return Verdict.unknown(f"{type(e).__name__}: {e}")

    def keep(self, success: bool | None) -> None:
        """The judged episode was kept, under a label or without one: the next are compared with it, too."""
        if self._judged is not None and success is not False and not self._judged.failed:
            self._accountant.keep(self._judged)
        self._judged = None

    def wait(self, timeout_s: float) -> bool:
        """Waits until the folder has been read; returns whether it has."""
        return self._ready.wait(timeout_s)

    def _read(self, folder: Path) -> None:
        for path in episode_paths(folder):
            try:
                episode = read_episode(path)
            except MidpError:
                continue  # `midp data validate` names it
            if not episode.failed:
                self._accountant.keep(episode)
        self._ready.set()
