"""What the viewer reads from the graph: which entries, and pictures in every encoding that it shows."""

import io

import numpy as np
import pytest
from PIL import Image as Pictures
from sensor_msgs.msg import CompressedImage, Image

from midp_ros.core.contract import Contract
from midp_ros.core.seams import CONTRACTS
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.readers import entry_reader
from midp_ros.nodes.viewer.picture_topics import chosen, read
from midp_ros.nodes.viewer.view_contract import scene_names, view_contract


@pytest.mark.parametrize("skill", [name for name in CONTRACTS if name != "pusht"])
def test_every_entry_that_is_shown_can_be_read(skill):
    profile = RobotProfile.load("fr3")
    for entry in view_contract(Contract.load(skill), profile.joints).observation:
        assert callable(entry_reader(entry, profile))


def test_the_poses_of_a_task():
    assert scene_names(Contract.load("pick")) == ["object"]
    assert scene_names(Contract.load("trace")) == ["path", "goal"]


COLOUR = np.array([200, 100, 50], np.uint8)


@pytest.mark.parametrize(
    ("encoding", "pixel"),
    [("rgb8", [200, 100, 50]), ("bgr8", [50, 100, 200]), ("bgra8", [50, 100, 200, 255]), ("mono8", [200])],
)
def test_a_raw_picture_in_any_order_with_padded_rows(encoding, pixel):
    width, height, channels = 6, 4, len(pixel)
    rows = np.zeros((height, width * channels + 5), np.uint8)
    rows[:, : width * channels] = np.tile(pixel, width)
    message = Image(height=height, width=width, encoding=encoding, step=rows.shape[1], data=rows.tobytes())
    picture = read(message)
    assert picture.shape == (height, width, 3)
    assert (picture == (COLOUR if channels > 1 else 200)).all()


def test_a_large_picture_is_made_small():
    data = np.tile(COLOUR, 1280 * 720).tobytes()
    picture = read(Image(height=720, width=1280, encoding="rgb8", step=1280 * 3, data=data))
    assert picture.shape == (180, 320, 3)


def test_a_compressed_picture():
    file = io.BytesIO()
    Pictures.new("RGB", (640, 480), tuple(COLOUR.tolist())).save(file, "JPEG")
    picture = read(CompressedImage(format="jpeg", data=file.getvalue()))
    assert picture.shape == (240, 320, 3)
    assert np.abs(picture.astype(int) - COLOUR).max() < 6


def test_what_is_no_picture_is_left_out():
    assert read(CompressedImage(format="jpeg", data=b"no picture")) is None
    assert read(Image(height=2, width=2, encoding="16UC1", step=4, data=bytes(8))) is None
    assert read(Image(height=2, width=2, encoding="rgb8", step=6, data=bytes(5))) is None
    assert read(Image()) is None


def test_one_topic_of_a_camera():
    raw, packed = "/camera/front/image_raw", "/camera/front/image_raw/compressed"
    topics = {raw: "sensor_msgs/msg/Image", packed: "sensor_msgs/msg/CompressedImage"}
    depth = {"/camera/depth/image_rect_raw": "sensor_msgs/msg/Image"}
    assert list(chosen({**topics, **depth})) == [packed]
