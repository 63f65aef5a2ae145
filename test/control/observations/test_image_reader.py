"""Pictures out of messages: every encoding, any size, and what cannot be used says why."""

from __future__ import annotations

import io
from array import array
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from midp_ros.control.observations.image_reader import ImageReader, fitted, pixels
from midp_ros.control.observations.same_moment import same_moment, stamp_s
from midp_ros.core.contract import ImageEntry
from midp_ros.core.errors import ObservationError
from midp_ros.kinematics import RobotProfile
from midp_ros.recording.picture_message import encoded

PROFILE = RobotProfile.load("fr3")
PICTURE = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)


def header(time_s=0.0, frame="camera"):
    stamp = SimpleNamespace(sec=int(time_s), nanosec=int(1e9 * (time_s % 1)))
    return SimpleNamespace(stamp=stamp, frame_id=frame)


def image(encoding, rows, width=8, height=6, **about):
    data = array("B", rows.tobytes())
    step = len(data) // len(rows)
    return SimpleNamespace(header=header(**about), encoding=encoding, height=height, width=width, step=step, data=data)


def compressed(kind):
    out = io.BytesIO()
    Image.fromarray(PICTURE).save(out, kind)
    return SimpleNamespace(header=header(), format=f"rgb8; {kind} compressed bgr8", data=array("B", out.getvalue()))


GREY = PICTURE[:, :, :1]
ALPHA = np.full_like(GREY, 255)


@pytest.mark.parametrize(
    ("encoding", "rows", "expected"),
    [
        ("rgb8", PICTURE, PICTURE),
        ("bgr8", PICTURE[:, :, ::-1], PICTURE),
        ("rgba8", np.concatenate([PICTURE, ALPHA], 2), PICTURE),
        ("bgra8", np.concatenate([PICTURE[:, :, ::-1], ALPHA], 2), PICTURE),
        ("mono8", GREY, np.repeat(GREY, 3, 2)),
        ("rgb8", np.pad(PICTURE.reshape(6, 24), ((0, 0), (0, 8))), PICTURE),  # rows may end in padding
    ],
)
def test_every_encoding_becomes_red_green_blue(encoding, rows, expected):
    np.testing.assert_array_equal(pixels(image(encoding, rows)), expected)


def test_compressed_pictures_are_read():
    np.testing.assert_array_equal(pixels(compressed("png")), PICTURE)
    assert pixels(compressed("jpeg")).shape == PICTURE.shape


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (image("16UC1", PICTURE), "encoding '16UC1' are not read; known: rgb8"),
        (image("rgb8", PICTURE[:4]), "a picture of 8 x 6 has other data"),
        (SimpleNamespace(header=header(), format="jpeg", data=array("B", b"no picture")), "of format 'jpeg' cannot"),
    ],
)
def test_what_is_no_picture_says_why(message, words):
    with pytest.raises(ObservationError, match=words):
        pixels(message)
    sample = ImageReader(ImageEntry("front", (6, 8, 3)), PROFILE).sample(5.0, message)
    assert sample.picture is None and not sample.usable and sample.problem


def test_a_picture_is_cut_about_its_middle_and_each_pixel_is_a_mean():
    large = np.zeros((40, 80, 3), np.uint8)
    large[:, 20:60] = 100  # the middle square
    large[:10, 20:30] = 200
    small = fitted(large, (4, 4))
    assert small.shape == (4, 4, 3) and small[0, 0].tolist() == [200, 200, 200]
    assert (small.reshape(-1, 3)[1:] == 100).all()
    assert fitted(PICTURE, (6, 8)) is PICTURE
    assert fitted(PICTURE, (12, 16)).shape == (12, 16, 3)


def test_a_sample_has_the_stamp_and_the_contract_s_shape():
    sample = ImageReader(ImageEntry("front", (3, 4, 3)), PROFILE).sample(5.0, image("rgb8", PICTURE, time_s=4.5))
    assert sample.time_s == 4.5 and sample.picture.shape == (3, 4, 3)


def test_a_frame_is_checked_where_the_contract_names_one():
    entry = ImageEntry("wrist", (6, 8, 3), frame="hand")
    sample = ImageReader(entry, PROFILE).sample(5.0, image("rgb8", PICTURE, frame="roof"))
    assert sample.problem == "it is in frame 'roof', the contract's is 'fr3_hand'"
    assert ImageReader(entry, PROFILE).sample(5.0, image("rgb8", PICTURE, frame="/fr3_hand")).usable


def test_cameras_show_one_moment():
    assert same_moment({"front": [1.0, 1.1, 1.2, 1.3], "wrist": [0.95, 1.15, 1.21]}) == {"front": 2, "wrist": 2}
    assert same_moment({"front": [1.0], "wrist": []}) == {"front": 0}
    assert same_moment({"front": [1.0, 1.2], "wrist": [1.1]}) == {"front": 1, "wrist": 0}  # of two as near, the newer
    assert same_moment({}) == {}


def test_a_stamp_is_read_without_reading_the_picture():
    data = encoded(PICTURE, 1_500_000_000, "camera")
    assert stamp_s(data, 2.0) == 1.5 and stamp_s(data, 1.0) == 1.0
    assert stamp_s(image("rgb8", PICTURE, time_s=1.25), 2.0) == 1.25
    assert stamp_s(image("rgb8", PICTURE), 2.0) == 2.0
