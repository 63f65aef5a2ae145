"""Files that are written whole or not at all, into places that were looked at before."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from midp_ros.core.errors import BusyError, OutputError
from midp_ros.core.files import output
from midp_ros.core.files.output import (
    lock_folder,
    require_writable_file,
    require_writable_folder,
    write_text,
    writing,
)

FULL = "/dev/full"  # every write to it fails as on a full disk


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    with writing(path) as file:
        file.write(b"half")
        assert not path.exists()
    assert path.read_text() == "half" and os.listdir(path.parent) == ["a.json"]


def test_an_error_leaves_the_previous_file_and_nothing_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "before")
    with pytest.raises(OutputError, match=r"cannot write .*a\.json: No space left on device"), writing(path) as file:
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(KeyboardInterrupt), writing(path):
        raise KeyboardInterrupt
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["a.json"]


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json.part").symlink_to(FULL)
    with pytest.raises(OutputError, match="No space left on device"):
        write_text(tmp_path / "a.json", "text")
    assert not os.listdir(tmp_path)


def test_places_that_cannot_be_written_are_refused_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nothing")):
        with pytest.raises(OutputError, match=f"cannot write into {folder}"):
            require_writable_folder(folder)
    with pytest.raises(OutputError, match="it is a folder"):
        require_writable_file(tmp_path)
    assert not require_writable_file(tmp_path / "new" / "x.json").parent.exists()
    assert not list(require_writable_folder(tmp_path / "new").iterdir())


def test_of_two_that_write_one_file_the_later_one_waits_and_replaces_the_whole_of_it(tmp_path: Path) -> None:
    """Both wrote the same unfinished file: the second could not rename it any more, or had the first one's end."""
    path = tmp_path / "a.json"
    with writing(path) as file:
        later = threading.Thread(target=write_text, args=(path, "later"))
        later.start()
        file.write(b"an earlier and longer one")
        later.join(0.1)
        assert later.is_alive() and not path.exists()
    later.join()
    assert path.read_text() == "later" and os.listdir(tmp_path) == ["a.json"]


def test_one_that_never_ends_is_named_and_what_a_killed_one_has_left_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "LONGEST_WRITE_S", 0.0)
    path = tmp_path / "a.json"
    (tmp_path / "a.json.part").write_text("of a process that was killed")
    with writing(path) as file:
        with pytest.raises(BusyError, match=r"another process writes .*a\.json; wait for it, stop it, or"):
            write_text(path, "later")
        file.write(b"short")
    assert path.read_text() == "short" and os.listdir(tmp_path) == ["a.json"]


HOLDER = "import sys, time; from midp_ros.core.files.output import lock_folder; l = lock_folder(sys.argv[1]); "
HOLDER += "print('held', flush=True); time.sleep(60)"


@pytest.mark.processes
def test_a_folder_is_locked_against_other_processes_until_they_end(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"another process writes into {tmp_path}; wait for it"):
            lock_folder(tmp_path)
        threading.Timer(0.2, other.kill).start()
        first = lock_folder(tmp_path, patience_s=30.0)
    assert lock_folder(tmp_path) is first  # within one process
    assert not os.listdir(tmp_path)


def test_only_a_full_disk_asks_for_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").touch()
    with pytest.raises(OutputError, match="it is a file; choose another folder$"):
        require_writable_folder(tmp_path / "a.json")

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(OutputError, match="No space left on device; make room, or choose another folder$"):
        require_writable_folder(tmp_path)
