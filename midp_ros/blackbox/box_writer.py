"""Black box files in a folder: written on a thread of their own, never over another one, and not without end.

Imports core and this folder's file.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from midp_ros.blackbox.box_file import write_recording
from midp_ros.blackbox.recording import BoxEvent, BoxRecording
from midp_ros.core.files.output import UNFINISHED_SUFFIX, sync_folder

KEEP = 20  # files of one name; one is a few megabytes
MOST_AT_ONCE = 2  # that wait; more causes than a disk takes are dropped
SUFFIX = ".mcap"
Say = Callable[[str], None]


class BoxWriter:
    """Writes `TIME_NAME_CAUSE.mcap`, and removes the oldest beyond `keep` of this name.

    A disk that is full or refuses is reported, and leaves the node as it is.

    Args:
        name: of the node, in the files' names.
        say, complain: receive one line after each file.

    Attributes:
        folder: where the files go.
    """

    def __init__(self, folder: str | Path, name: str, say: Say, complain: Say, keep: int = KEEP):
        self.folder, self._name = Path(folder).expanduser().absolute(), re.sub(r"\W+", "_", name).strip("_") or "node"
        self._say, self._complain, self._keep = say, complain, keep
        self._threads: list[threading.Thread] = []

    def save(self, build: Callable[[], BoxRecording], event: BoxEvent) -> None:
        """Begins to write a file; returns at once."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) >= MOST_AT_ONCE:
            self._complain(f"black box not written, as {MOST_AT_ONCE} others still are: {event.text}")
            return
        thread = threading.Thread(target=self._write, args=(build, event), name="blackbox", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self, patience_s: float = 5.0) -> None:
        """Waits for what is being written."""
        end_s = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, end_s - time.monotonic()))

    # --- inside, on the thread ----------------------------------------------------------------------------------------
    def _write(self, build: Callable[[], BoxRecording], event: BoxEvent) -> None:
        # Linux: of this thread alone, which has taken on the loop's priority. Not lower than usual: beside a busy
        # process it would hold the interpreter while it does not run, and the loop would wait for it.
        with suppress(OSError, AttributeError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        try:
            path = self._put(build(), event)
        except OSError as e:
            where = f"cannot write a black box into {self.folder}: {e.strerror or e}"
            self._complain(f"{where}; set blackbox_folder, or blackbox:=false ({event.text})")
        except Exception as e:  # a fault here must not end the node that holds the arm
            self._complain(f"black box not written: {type(e).__name__}: {e}")
        else:
            self._say(f"black box: `midp blackbox {path}` ({event.kind}: {event.text})")

    def _put(self, recording: BoxRecording, event: BoxEvent) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = f"{time.strftime('%Y%m%dT%H%M%S')}_{self._name}_{event.kind}"
        path = self._claim(stem)
        unfinished = path.with_name(path.name + UNFINISHED_SUFFIX)
        try:
            with open(unfinished, "wb") as stream:
                write_recording(stream, recording)
                os.fsync(stream.fileno())
            os.replace(unfinished, path)  # onto the empty file that holds the name
        except BaseException:
            for leftover in (unfinished, path):
                with suppress(OSError):
                    leftover.unlink()
            raise
        sync_folder(self.folder)
        self._drop_oldest()
        return path

    def _claim(self, stem: str) -> Path:
        """An empty file of a name that none has."""
        for number in range(1, 1000):
            path = self.folder / f"{stem}{'' if number == 1 else f'_{number}'}{SUFFIX}"
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
                return path
        raise OSError(f"{stem}{SUFFIX} and 999 more are there")

    def _drop_oldest(self) -> None:
        ours = re.compile(rf"\d{{8}}T\d{{6}}_{re.escape(self._name)}_(reflex|stop|operator)(_\d+)?{re.escape(SUFFIX)}")
        found = sorted(p for p in self.folder.iterdir() if ours.fullmatch(p.name) and p.stat().st_size)
        for path in found[: -self._keep]:
            with suppress(OSError):
                path.unlink()
