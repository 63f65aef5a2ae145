"""Files that midp_ros writes: whole or not at all, at a place that was checked before the work began.

Imports the standard library only.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from weakref import WeakValueDictionary

from midp_ros.core.errors import BusyError, OutputError

UNFINISHED_SUFFIX = ".part"
FULL = (errno.ENOSPC, errno.EDQUOT)
LOOK_S = 0.05  # between two tries to lock something
LONGEST_WRITE_S = 60.0  # for which one process waits for another that writes the same file
PROBE = b"\0" * 4096  # one block: a full disk refuses it


def require_writable_folder(folder: str | Path, doing: str = "write", create: bool = True) -> Path:
    """Folder for results, tried with a small file.

    Args:
        doing: for the message, e.g. `record`.
        create: create the folder now; else the nearest one that exists is tried.

    Raises:
        OutputError: it cannot be written, or the disk is full.
    """
    folder = Path(folder)
    try:
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        existing = next(f for f in (folder, *folder.absolute().parents) if f.exists())
        with tempfile.TemporaryFile(dir=existing) as probe:
            probe.write(PROBE)
    except OSError as e:
        reason = "it is a file" if folder.is_file() else _reason(e)
        remedy = "make room, or choose another folder" if e.errno in FULL else "choose another folder"
        raise OutputError(f"cannot {doing} into {folder}: {reason}; {remedy}") from None
    return folder


def require_writable_file(path: str | Path) -> Path:
    """Place for a result file: its folder can be written, and no folder has its name.

    Raises:
        OutputError: the file could not be written there.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError(f"cannot write {path}: it is a folder; give a file's name in it")
    require_writable_folder(path.parent, create=False)
    return path


@contextmanager
def writing(path: str | Path) -> Iterator[BinaryIO]:
    """Binary file that takes its name once all of it is on the disk; an error or a kill leaves the previous file.

    Of two processes that write the same file the later one waits, and then replaces the whole of it.

    Raises:
        OutputError: the disk is full, or refuses; nothing unfinished stays behind.
        BusyError: another process has been writing it for a minute.
    """
    path = Path(path)
    unfinished = path.with_name(path.name + UNFINISHED_SUFFIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(unfinished, "wb", opener=lambda *_: _alone(unfinished, path)) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                os.replace(unfinished, path)
            except BaseException:
                with suppress(OSError):  # a disk that cannot even remove keeps a name that says enough
                    unfinished.unlink(missing_ok=True)
                raise
        sync_folder(path.parent)
    except OSError as e:
        raise OutputError(f"cannot write {path}: {_reason(e)}") from None


def _alone(unfinished: Path, path: Path) -> int:
    """Opens the file anew, which is locked until it is closed; raises BusyError."""
    while True:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT, 0o666)
        _lock(handle, LONGEST_WRITE_S, f"another process writes {path}; wait for it, stop it, or choose another name")
        with suppress(FileNotFoundError):
            if os.path.samestat(about := os.fstat(handle), os.stat(unfinished)):
                if about.st_size:  # of a process that was killed
                    os.ftruncate(handle, 0)
                return handle
        os.close(handle)  # who had the lock has finished that file


def write_bytes(path: str | Path, content: bytes) -> None:
    """Writes a file whole or not at all; raises OutputError."""
    with writing(path) as file:
        file.write(content)


def write_text(path: str | Path, text: str) -> None:
    """Writes a text file whole or not at all; raises OutputError."""
    write_bytes(path, text.encode())


class FolderLock:
    """Keeps other processes of midp_ros out of a folder for as long as this object lives.

    The system releases the lock when the process ends, however it ends. One process may lock a folder again.
    """

    def __init__(self, handle: int):
        self._handle = handle

    def __del__(self) -> None:
        os.close(self._handle)


_held: WeakValueDictionary[tuple[int, int], FolderLock] = WeakValueDictionary()


def lock_folder(folder: str | Path, patience_s: float = 0.0) -> FolderLock:
    """Locks a folder against other processes; keep what is returned.

    Args:
        patience_s: for another process to release it [s].

    Raises:
        BusyError: another process holds it.
        OutputError: there is no such folder.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as e:
        raise OutputError(f"cannot write into {folder}: {_reason(e)}") from None
    about = os.fstat(handle)
    identity = about.st_dev, about.st_ino
    if mine := _held.get(identity):
        os.close(handle)
        return mine
    busy = f"another process writes into {folder}; wait for it, stop it, or choose another folder"
    _lock(handle, patience_s, busy)
    lock = _held[identity] = FolderLock(handle)
    return lock


def _lock(handle: int, patience_s: float, busy: str) -> None:
    """Locks what is open; else closes it, and raises BusyError."""
    end_s = time.monotonic() + patience_s
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end_s:
                os.close(handle)
                raise BusyError(busy) from None
            time.sleep(LOOK_S)
        except OSError:  # a file system without locks
            return None


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def sync_folder(folder: Path) -> None:
    """Makes the renaming itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
