"""A whole set judged: each episode, and what only the set shows; imports core and recording, no ROS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, MidpError
from midp_ros.core.files.output import UNFINISHED_SUFFIX
from midp_ros.data.judgement import Finding, Severity, judge, judge_contract
from midp_ros.recording.directory import episode_paths, is_bag, read_episode
from midp_ros.recording.formats import format_of, open_set
from midp_ros.recording.formats.options import ReadOptions
from midp_ros.recording.bag.repair import unfinished_bags
from midp_ros.recording.formats.sidecar import digest

Progress = Callable[[int, int], None]


def survey(
    source: Path, options: ReadOptions | None = None, progress: Progress = lambda done, total: None
) -> tuple[int, list[Finding]]:
    """Number of episodes, and everything that a training would suffer from.

    A damaged file is a finding, not an error; raises FileFormatError where there is no set at all.
    """
    return Survey(options or ReadOptions(), progress).run(source)


class Survey:
    """Judges episodes one by one, and what only the set shows."""

    def __init__(self, options: ReadOptions, progress: Progress = lambda done, total: None):
        self.options, self.progress = options, progress
        self.findings: list[Finding] = []
        self.contract: Contract | None = options.contract
        self.whose = "the given contract"
        self.seen: dict[str, str] = {}

    def run(self, source: Path) -> tuple[int, list[Finding]]:
        """Judges a whole set."""
        if format_of(source) != "mcap" or source.is_file() or is_bag(source):
            found = open_set(source, self.options)
            episodes = [d.episode for d in found]
            for number, episode in enumerate(episodes):
                self.take(episode)
                self.progress(number + 1, len(episodes))
            return len(episodes), self.findings
        paths = episode_paths(source)
        if not paths:
            raise FileFormatError(f"{source} holds no episodes; record some with: midp record --out {source}")
        for left in sorted({*source.glob(f"*{UNFINISHED_SUFFIX}"), *unfinished_bags(source)}):
            self.add(
                str(left),
                Severity.NOTE,
                "unfinished",
                "a killed recorder or an incomplete copy left it; `midp data repair`",
            )
        for number, path in enumerate(paths):
            try:
                self.take(read_episode(path, self.options.contract if is_bag(path) else None))
            except MidpError as e:
                self.add(str(path), Severity.ERROR, "unreadable", f"{e}; `midp data repair` keeps what can be read")
            self.progress(number + 1, len(paths))
        return len(paths), self.findings

    def take(self, episode: Episode) -> None:
        """Judges an episode."""
        if self.contract is None:
            self.contract, self.whose = episode.contract, episode.name
        self.findings += judge_contract(episode, self.contract, self.whose)
        self.findings += judge(episode)
        content = digest(episode.observation, episode.action)
        if content in self.seen:
            details = f"the same steps as {self.seen[content]}: learned twice"
            self.add(episode.name, Severity.WARNING, "duplicate", details)
        self.seen.setdefault(content, episode.name)

    def add(self, episode: str, severity: Severity, reason: str, details: str) -> None:
        """Adds a finding."""
        self.findings.append(Finding(episode, severity, reason, details))
