"""robomimic's and the Diffusion Policy project's own dataset classes find our numbers: scripts/check_peers.py."""

import os
import subprocess

import numpy as np
import pytest
import sets

from midp_ros.core.package_files import package_path
from midp_ros.recording.formats import write_set

# A Python with each peer, and for the Diffusion Policy project its clone on PYTHONPATH: "env PYTHONPATH=... python".
PEERS = {"robomimic": ("MIDP_ROBOMIMIC_PYTHON", "hdf5"), "diffusion_policy": ("MIDP_DIFFUSION_POLICY_PYTHON", "zarr")}


@pytest.mark.parametrize("peer", PEERS)
def test_the_peers_own_dataset_gives_our_windows(tmp_path, peer):
    variable, name = PEERS[peer]
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} names no Python with {peer}; docs/formats.md says how to make one")
    demonstrations = list(sets.demonstrations(3))
    write_set(tmp_path / f"set.{name}", name, sets.contract(), demonstrations)
    episodes = [d.episode for d in demonstrations]
    truth = {e.name: np.concatenate([each.column(e.name) for each in episodes]) for e in sets.contract().observation}
    action = np.concatenate([each.action for each in episodes])
    ends = np.cumsum([len(each) for each in episodes])
    np.savez(tmp_path / "truth.npz", **truth, action=action, ends=ends)
    script = str(package_path("scripts", "check_peers.py"))
    command = [*python.split(), script, peer, str(tmp_path / f"set.{name}"), str(tmp_path / "truth.npz")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "3 episodes, " in done.stdout and "windows equal" in done.stdout
