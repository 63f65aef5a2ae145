"""robomimic's and the Diffusion Policy project's own dataset classes read sets that `midp data convert` wrote.

    PYTHON scripts/check_peers.py robomimic SET.hdf5 TRUTH.npz
    PYTHON scripts/check_peers.py diffusion_policy SET.zarr TRUTH.npz     # PYTHONPATH names a clone of the project

PYTHON has robomimic 0.3, or what the project's `PushTLowdimDataset` imports (zarr 2, numba, torch); midp_ros is not
needed. TRUTH.npz holds the steps of all episodes: `ends` (episodes,), `action` and each observation (steps, size).
Exit code 0: every window that the loader gives holds the same numbers.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

HORIZON, BEFORE, AFTER = 8, 1, 7  # as the project's own configurations have them, about


def windows(ends: np.ndarray, length: int, before: int, after: int) -> list[np.ndarray]:
    """Numbers of the steps (length,) in each window, episode by episode, where an end is repeated beyond itself."""
    found, start = [], 0
    for end in ends:
        firsts = range(start - before, end - length + after + 1)
        found += [np.clip(np.arange(first, first + length), start, end - 1) for first in firsts]
        start = end
    return found


def robomimic(path: str, truth: dict[str, np.ndarray]) -> int:
    """Compares every window of a SequenceDataset; returns how many there are."""
    import robomimic.utils.obs_utils as obs_utils
    from robomimic.utils.dataset import SequenceDataset

    names = [name for name in truth if name not in ("ends", "action")]
    obs_utils.initialize_obs_utils_with_obs_specs({"obs": {"low_dim": names}})
    found: Any = SequenceDataset(
        path, names, ("actions", "rewards", "dones"), frame_stack=BEFORE + 1, seq_length=HORIZON, load_next_obs=False,
        hdf5_use_swmr=False,
    )  # fmt: skip
    # It begins at each step, and repeats an episode's first and last steps beyond its ends.
    expected = windows(truth["ends"], BEFORE + HORIZON, BEFORE, HORIZON - 1)
    assert len(found) == len(expected), f"{len(found)} windows, {len(expected)} expected"
    for number, steps in enumerate(expected):
        window = found[number]
        for name in names:
            _same(window["obs"][name], truth[name][steps], f"{name} of window {number}")
        _same(window["actions"], truth["action"][steps], f"actions of window {number}")
    return len(expected)


def diffusion_policy(path: str, truth: dict[str, np.ndarray]) -> int:
    """Compares every window of the project's low-dimensional dataset; returns how many there are."""
    from diffusion_policy.dataset.pusht_dataset import PushTLowdimDataset

    names = [name for name in truth if name not in ("ends", "action")]
    expected = windows(truth["ends"], HORIZON, BEFORE, AFTER)
    for name in names:
        found: Any = PushTLowdimDataset(
            path, HORIZON, BEFORE, AFTER, obs_key=name, state_key=name, action_key="action", val_ratio=0.0
        )
        assert (found.replay_buffer.episode_ends[:] == truth["ends"]).all(), "other ends of episodes"
        assert len(found) == len(expected), f"{len(found)} windows, {len(expected)} expected"
        for number, steps in enumerate(expected):
            window = found.sampler.sample_sequence(number)
            _same(window[name], truth[name][steps], f"{name} of window {number}")
            _same(window["action"], truth["action"][steps], f"action of window {number}")
    return len(expected)


def _same(got: Any, expected: np.ndarray, what: str) -> None:
    got = np.asarray(got)
    assert got.shape == expected.shape, f"{what}: {got.shape}, not {expected.shape}"
    assert (got.astype(np.float32) == expected.astype(np.float32)).all(), f"{what}: other numbers"


if __name__ == "__main__":
    peer, path, truth_path = sys.argv[1:]
    with np.load(truth_path) as known:
        truth = {name: known[name] for name in known.files}
    count = {"robomimic": robomimic, "diffusion_policy": diffusion_policy}[peer](path, truth)
    print(f"{path}: {len(truth['ends'])} episodes, {count} windows equal")
