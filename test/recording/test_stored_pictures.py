"""Pictures that stay encoded on the disk: the same as an array, and gone with their last episode."""

from __future__ import annotations

import gc
import pickle

import numpy as np
import pytest

from midp_ros.core.errors import FileFormatError
from midp_ros.recording import stored_pictures
from midp_ros.recording.picture_message import decoded, encoded
from midp_ros.recording.stored_pictures import PictureStore, StoredPictures


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> PictureStore:
    own = PictureStore()
    monkeypatch.setattr(stored_pictures, "store", lambda: own)
    return own


def pictures(seed: int, steps: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (steps, 6, 5, 3), np.uint8)


def stored(array: np.ndarray) -> StoredPictures:
    return StoredPictures([encoded(each, 0, "camera") for each in array], decoded, "x.mcap")


def test_they_are_read_like_the_array_that_they_were(store: PictureStore) -> None:
    first, second = pictures(1), pictures(2)
    kept, other = stored(first), stored(second)
    assert kept.shape == first.shape and kept.dtype == first.dtype and len(kept) == 4
    np.testing.assert_array_equal(np.asarray(kept), first)
    np.testing.assert_array_equal(other, second)
    for steps in (0, -1, slice(1, 3), [2, 0], np.array([3]), (slice(1, 3), 2), (0, ..., 1)):
        np.testing.assert_array_equal(kept[steps], first[steps])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(kept)), first)
    with pytest.raises(IndexError):
        kept[4]


@pytest.mark.slow
def test_the_file_is_emptied_when_the_last_episode_is_gone(store: PictureStore) -> None:
    kept, other = stored(pictures(1)), stored(pictures(2))
    del kept
    gc.collect()
    np.testing.assert_array_equal(other, pictures(2))
    assert store._end > 0
    del other
    gc.collect()
    assert store._end == 0 and store._file.seek(0, 2) == 0
    np.testing.assert_array_equal(stored(pictures(3)), pictures(3))


def test_a_picture_of_another_size_is_named_with_its_episode_and_step(store: PictureStore) -> None:
    data = [encoded(each, 0, "camera") for each in (pictures(1)[0], pictures(1)[0, :5])]
    with pytest.raises(FileFormatError, match=r"episode x.mcap, step 1: its picture is \(5, 5, 3\), the first"):
        np.asarray(StoredPictures(data, decoded, "x.mcap"))
