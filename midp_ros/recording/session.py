"""A recording session: episode after episode of raw messages into one folder, kept or discarded one by one.

    idle -- start --> recording -- stop --> deciding -- keep, discard --> idle

Imports core and the bag's files, no ROS.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError, OutputError, RecordingError
from midp_ros.core.files.output import lock_folder, require_writable_folder
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import change_bag_info, read_bag_info
from midp_ros.recording.bag.recording_thread import Received, RecordedTopic, RecordingThread
from midp_ros.recording.bag.repair import unfinished_bags
from midp_ros.recording.directory import episode_paths, next_number, read_contract

MEGABYTE = 1e6
LEAST_FREE_MB = 200.0


class State(Enum):
    """What a session does."""

    IDLE = "idle"
    RECORDING = "recording"
    DECIDING = "deciding"


class RecordingSession:
    """Records into one folder, which no other process records into meanwhile.

    Args:
        metadata: plain data by the names of the bags' metadata records, `midp_info` among them.
        topics: of every episode.
        least_free_mb: an episode neither starts nor goes on with less room on the disk [MB].

    Raises:
        RecordingError: the folder cannot be written, or holds episodes of another contract.
        BusyError: another process records into it.

    Attributes:
        kept, discarded: episodes of this session.
        label: whether the episode under way, or to be decided on, succeeded; None: not said.
        last: the episode that was kept last.
        unfinished: recordings that an earlier process has left.
    """

    def __init__(
        self,
        folder: str | Path,
        contract: Contract,
        metadata: Mapping[str, Any],
        topics: Sequence[RecordedTopic],
        least_free_mb: float = LEAST_FREE_MB,
    ):
        try:
            self.folder = require_writable_folder(folder, "record")
        except OutputError as e:
            raise RecordingError(str(e)) from None
        self._lock = lock_folder(self.folder)  # for as long as this session lives
        self.unfinished = unfinished_bags(self.folder)
        self._contract, self._topics, self._least_free_mb = contract, topics, least_free_mb
        for topic in topics:  # the first look at a definition takes up to 0.1 s
            message_types().type_hash(topic.kind)
        self._metadata = {**metadata, "midp_contract": contract.to_dict()}
        self._require_same_contract()
        self._thread: RecordingThread | None = None
        self.state, self.kept, self.discarded = State.IDLE, 0, 0
        self.label: bool | None = None
        self.last: Path | None = None
        self._notes: list[str] = []
        self._info: dict[str, Any] = {}

    @property
    def free_mb(self) -> float:
        """Room on the disk [MB]."""
        return shutil.disk_usage(self.folder).free / MEGABYTE

    @property
    def episode(self) -> int:
        """Number of the episode under way, or of the next one."""
        return self._number if self._thread is not None else next_number(self.folder)

    @property
    def thread(self) -> RecordingThread:
        """What writes the episode under way; raises RecordingError where there is none."""
        if self._thread is None:
            raise RecordingError("no episode is being recorded; start one first")
        return self._thread

    @property
    def problem(self) -> str:
        """Why the episode under way cannot go on; empty while it can."""
        if self.state is not State.RECORDING:
            return ""
        if (free_mb := self.free_mb) < self._least_free_mb:
            return f"only {free_mb:.0f} MB are free on the disk, the least is {self._least_free_mb:.0f}"
        return self.thread.problem

    def start(self, info: Mapping[str, Any], before: Sequence[list[Received]] = ()) -> None:
        """Starts an episode, with messages that came before; raises RecordingError."""
        if self.state is not State.IDLE:
            answer = "stop it first" if self.state is State.RECORDING else "keep or discard it first"
            raise RecordingError(f"episode {self.episode} is {self.state.value}; {answer}")
        if (free_mb := self.free_mb) < self._least_free_mb:
            raise RecordingError(f"no room for an episode: {free_mb:.0f} MB are free in {self.folder}; make room")
        self._number = next_number(self.folder)
        metadata = {**self._metadata, "midp_info": {**self._metadata.get("midp_info", {}), **info}}
        self._thread = RecordingThread(self.folder / f"episode_{self._number:06d}", metadata, self._topics)
        self.state, self.label, self._notes, self._info = State.RECORDING, None, [], {}
        for batch in before:
            self._thread.put(batch)

    def put(self, batch: list[Received]) -> None:
        """Hands messages over while an episode is recorded; else they are dropped."""
        if self.state is State.RECORDING and self._thread is not None:
            self._thread.put(batch)

    def stop(self, info: Mapping[str, Any]) -> Path:
        """Ends the episode; returns the folder of its bag, which can be read. Raises RecordingError."""
        if self.state is not State.RECORDING:
            raise RecordingError("no episode is being recorded; start one first")
        thread = self.thread
        thread.end()
        ended_by = {"ended_by": thread.problem} if thread.problem else {}
        try:
            thread.close({**info, **ended_by})
        except RecordingError:
            self._thread, self.state = None, State.IDLE
            raise
        self.state = State.DECIDING
        return thread.path

    def add_info(self, info: Mapping[str, Any]) -> None:
        """Adds to what is known of the episode to be decided on."""
        self._info.update(info)

    def keep(self) -> Path:
        """Keeps the episode under the label that was given; returns its path. Raises RecordingError."""
        info = {**self._info, **self._said()}
        if self.state is not State.DECIDING:
            raise RecordingError(f"there is no episode to keep: the recorder is {self.state.value}")
        thread, self._thread, self.state = self.thread, None, State.IDLE
        self.last = thread.keep(info)
        self.kept += 1
        return self.last

    def discard(self) -> None:
        """Removes the episode, also one that is still recorded; raises RecordingError where there is none."""
        if self.state is State.IDLE:
            raise RecordingError("there is no episode to discard")
        thread, self._thread = self.thread, None
        if self.state is State.RECORDING:
            thread.end()
        thread.discard()
        self.state = State.IDLE
        self.discarded += 1

    def mark(self, success: bool) -> None:
        """Labels the episode, or where there is none the one that was kept last; raises RecordingError."""
        if self.state is not State.IDLE:
            self.label = success
        elif self.last is None:
            raise RecordingError("there is no episode to label yet")
        else:
            self._change(self.last, {"success": success})

    def note(self, text: str) -> None:
        """Adds a note, as `mark` adds a label; raises RecordingError."""
        if self.state is not State.IDLE:
            self._notes.append(text)
        elif self.last is None:
            raise RecordingError("there is no episode to note anything of yet")
        else:
            before = read_bag_info(self.last).get("note", "")
            self._change(self.last, {"note": f"{before}; {text}" if before else text})

    def _said(self) -> dict[str, Any]:
        said: dict[str, Any] = {"note": "; ".join(self._notes)} if self._notes else {}
        return said if self.label is None else {**said, "success": self.label}

    def _change(self, path: Path, info: Mapping[str, Any]) -> None:
        try:
            change_bag_info(path, {**read_bag_info(path), **info})
        except (OutputError, FileFormatError) as e:
            raise RecordingError(str(e)) from None

    def _require_same_contract(self) -> None:
        if existing := episode_paths(self.folder)[-1:]:
            try:
                found = read_contract(existing[0])
            except FileFormatError as e:
                raise RecordingError(f"{e}; remove it, or record into another directory") from None
            self._contract.require_match(found, "this recording", str(existing[0]))
