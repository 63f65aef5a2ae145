"""LeRobot's own loader finds our numbers and pictures: scripts/check_lerobot.py in an environment of its own."""

import os
import subprocess

import pytest
import sets

from midp_ros.core.package_files import package_path
from midp_ros.recording.formats import write_set

# A Python with `lerobot-dataset` 0.5 (Python 3.12 or newer), and one with `lerobot` 0.3; docs/data.md.
PYTHONS = {"lerobot": "MIDP_LEROBOT_PYTHON", "lerobot-v2.1": "MIDP_LEROBOT21_PYTHON"}


@pytest.mark.parametrize("name", PYTHONS)
def test_the_real_loader_finds_our_frames(tmp_path, name):
    python = os.environ.get(PYTHONS[name])
    if not python:
        pytest.skip(f"{PYTHONS[name]} names no Python with LeRobot; docs/data.md says how to make one")
    write_set(tmp_path / "set", name, sets.contract(), sets.demonstrations(3, ("front",)))
    command = [*python.split(), str(package_path("scripts", "check_lerobot.py")), str(tmp_path / "set")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "3 episodes, 69 frames equal, pictures of 1 cameras" in done.stdout
