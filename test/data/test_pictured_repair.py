"""A damaged file with pictures gives back the steps of which every picture is whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from midp_ros.core.contract import Contract, ImageEntry
from midp_ros.core.episode import Episode
from midp_ros.data.repair import recovered
from midp_ros.recording.mcap_file import write_episode

STEPS = 400
CONTRACT = replace(Contract.load("reach"), images=(ImageEntry("front", (16, 16, 3)),))


def test_whole_steps_come_back_with_their_pictures(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "episode_000000.mcap"
    sizes = CONTRACT.observation_size, CONTRACT.action_size
    shots = rng.integers(0, 256, (STEPS, 16, 16, 3), np.uint8)
    columns = (rng.normal(size=(STEPS, size)) for size in sizes)
    episode = Episode(CONTRACT, np.arange(STEPS) / 10, *columns, {"success": True}, images={"front": shots})
    write_episode(path, episode)
    data = path.read_bytes()
    path.write_bytes(data[: 3 * len(data) // 4])
    back = recovered(path)
    assert 2 <= len(back) < STEPS and "success" not in back.info
    kept = (10 * back.time_s).round().astype(int)
    np.testing.assert_array_equal(back.observation, episode.observation[kept])
    np.testing.assert_array_equal(back.images["front"], shots[kept])
