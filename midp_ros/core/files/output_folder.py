"""Folders that midp_ros writes: whole or not at all, never over one that is there.

Imports the standard library only.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from midp_ros.core.errors import OutputError
from midp_ros.core.files.output import UNFINISHED_SUFFIX, lock_folder, require_writable_folder


def require_new(path: str | Path) -> Path:
    """Path at which nothing is, or an empty folder, in a folder that can be written; raises OutputError."""
    path = Path(os.path.abspath(path))
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
    if path.exists() or path.is_symlink():
        raise OutputError(f"{path} is there already and is kept as it is; give another place, or remove it first")
    require_writable_folder(path.parent)
    return path


@contextmanager
def writing_folder(path: str | Path) -> Iterator[Path]:
    """Folder that takes its name once all of it is written; an error or a kill leaves nothing under that name.

    Raises:
        OutputError: something is there already, the disk is full, or refuses.
        BusyError: another process writes the same folder.
    """
    path = require_new(path)
    unfinished = path.with_name(path.name + UNFINISHED_SUFFIX)
    try:
        unfinished.mkdir(exist_ok=True)
        lock = lock_folder(unfinished)
        try:
            _empty(unfinished)  # of a process that was killed
            yield unfinished
            _sync_all(unfinished)
            require_new(path)
            os.rename(unfinished, path)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
            del lock
    except OSError as e:
        raise OutputError(f"cannot write {path}: {e.strerror or e}") from None


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _sync_all(folder: Path) -> None:
    """Brings every file to the disk, so that a power cut after the renaming finds all of them."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # a file system without it
                handle = os.open(os.path.join(parent, name), os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
