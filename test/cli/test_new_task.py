"""`midp new-task` writes a whole package or none."""

import errno
import os
from pathlib import Path

import pytest

from midp_ros.cli.new_task import FILES, write_skeleton
from midp_ros.core.errors import OutputError
from midp_ros.learning.config import TrainConfig


def test_a_full_disk_leaves_nothing_and_the_same_command_writes_it_later(tmp_path, monkeypatch):
    """Half a package was left, and the next call refused, since the folder was there already."""
    folder = tmp_path / "new" / "hover_task"
    with monkeypatch.context() as full:
        written = []

        def write_text(path, text):
            if len(written) == 3:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written.append(path)

        full.setattr(Path, "write_text", write_text)
        with pytest.raises(OutputError, match="cannot write .*hover_task: No space left on device"):
            write_skeleton("hover", folder)
    assert not list(folder.parent.iterdir())
    assert write_skeleton("hover", folder) == folder
    assert sum(path.is_file() for path in folder.rglob("*")) == len(FILES)


def test_its_training_is_measured_on_episodes_that_it_did_not_learn(tmp_path):
    folder = write_skeleton("hover", tmp_path / "hover_task")
    assert TrainConfig.load(folder / "train.yaml").held_out == 0.05
