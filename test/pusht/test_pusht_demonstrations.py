"""Demonstrations come out of zarr as they went in, and what is no such file is said so."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from pusht_files import LENGTHS, PUBLISHED, arrays, write_zarr, zip_folder

from midp_ros.core.errors import FileFormatError
from midp_ros.pusht.demonstrations import is_zarr, read_demonstrations
from midp_ros.pusht.state import observations, pusht_contract


@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_and_its_zip_hold_the_same_episodes(tmp_path: Path, zipped: bool) -> None:
    path, given = write_zarr(tmp_path / "demo.zarr", arrays()), arrays()
    if zipped:
        path = zip_folder(path, tmp_path / "demo.zip")
    assert is_zarr(path)
    found = read_demonstrations(path)
    assert [len(e) for e in found.episodes] == list(LENGTHS)
    second = found.episodes[1]
    assert second.contract == pusht_contract()
    np.testing.assert_allclose(np.diff(second.time_s), 0.1)
    np.testing.assert_array_equal(second.action, given["data/action"][12:])
    np.testing.assert_array_equal(second.column("agent_position"), given["data/state"][12:, :2])
    np.testing.assert_array_equal(second.column("block_position"), given["data/state"][12:, 2:4])
    cos, sin = second.column("block_rotation").T
    np.testing.assert_allclose(np.arctan2(sin, cos) % (2 * np.pi), given["data/state"][12:, 4], atol=1e-6)
    digest = hashlib.sha256()
    for name, array in given.items():
        digest.update(f"{name} {array.shape} {array.dtype.str}\n".encode() + array.tobytes())
    assert found.sha256 == digest.hexdigest() and not found.published


def test_the_observation_does_not_jump_where_the_angle_wraps() -> None:
    before, after = observations([[1, 2, 3, 4, 2 * np.pi - 1e-6], [1, 2, 3, 4, 1e-6]])
    np.testing.assert_allclose(before, after, atol=3e-6)
    np.testing.assert_allclose(observations([1, 2, 3, 4, np.pi / 6]), [1, 2, 3, 4, np.sqrt(3) / 2, 0.5])


def test_a_missing_file_says_where_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "pusht_cchi_v7_replay.zarr"
    assert is_zarr(path) and not is_zarr(tmp_path)
    with pytest.raises(FileFormatError, match="there is no .*Diffusion Policy project's public Push-T data"):
        read_demonstrations(path)


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    whole = zip_folder(write_zarr(tmp_path / "demo.zarr", arrays()), tmp_path / "demo.zip").read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(arrays()["data/state"].tobytes()) + 7] ^= 1  # one bit of a state
    for name, content in {"empty.zip": b"", "cut.zip": whole[: len(whole) // 2], "flipped.zip": bytes(flipped)}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileFormatError, match=f"{name} is damaged or not a zarr file"):
            read_demonstrations(tmp_path / name)
    for name in arrays():
        lacking = {k: v for k, v in arrays().items() if k != name}
        with pytest.raises(FileFormatError, match=name):
            read_demonstrations(write_zarr(tmp_path / f"{name.replace('/', '_')}.zarr", lacking))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("data/state", np.zeros((42, 4), "<f4"), r"shape \(42, 4\), Push-T's is \(42, 5\)"),
        ("data/action", np.zeros((41, 2), "<f4"), r"shape \(41, 2\), Push-T's is \(42, 2\)"),
        ("meta/episode_ends", np.array([12, 41]), "episode_ends"),
        ("meta/episode_ends", np.array([12, 12, 42]), "episode_ends"),
        ("data/state", np.full((42, 5), np.nan, "<f4"), "NaN"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(tmp_path: Path, name: str, value: object, said: str) -> None:
    with pytest.raises(FileFormatError, match=said):
        read_demonstrations(write_zarr(tmp_path / "demo.zarr", {**arrays(), name: value}))  # type: ignore[dict-item]


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published demonstrations are not here")
def test_the_published_demonstrations_are_known() -> None:
    found = read_demonstrations(PUBLISHED)
    assert found.published
    assert (len(found.episodes), sum(map(len, found.episodes))) == (206, 25650)
