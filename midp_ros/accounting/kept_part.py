"""The kept part of a set of episodes, as a folder or as a list; imports core."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from midp_ros.core.files.output import write_text
from midp_ros.core.files.output_folder import writing_folder

LIST_SUFFIXES = (".txt", ".list")


def is_list(out: str | Path) -> bool:
    """Whether an output is a list of paths, by its suffix, and no folder."""
    return Path(out).suffix in LIST_SUFFIXES


def write_list(paths: Sequence[str | Path], out: str | Path) -> None:
    """One absolute path a line."""
    write_text(Path(out), "".join(f"{Path(p).absolute()}\n" for p in paths))


def write_folder(paths: Sequence[str | Path], out: str | Path) -> None:
    """Episodes, files or bags, under their names in a new folder: linked on the same disk, else copied.

    The originals stay.

    Raises:
        OutputError: the folder is there already, or cannot be written.
    """
    with writing_folder(out) as folder:
        for path in map(Path, paths):
            if path.is_dir():
                shutil.copytree(path, folder / path.name, copy_function=_link_or_copy)
            else:
                _link_or_copy(str(path), str(folder / path.name))


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)
    return target
