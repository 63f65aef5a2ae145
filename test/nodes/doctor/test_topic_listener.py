"""What the doctor reads of a compressed picture, whose size is inside."""

import io

import numpy as np
import pytest
from PIL import Image
from sensor_msgs.msg import CompressedImage

from midp_ros.nodes.doctor.topic_listener import TopicListener


def jpeg():
    file = io.BytesIO()
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kept"),
    [(jpeg(), {"height": 48, "width": 64}), (jpeg()[:60], {"unreadable": "a picture of format 'jpeg' cannot be read"})],
)
def test_a_compressed_picture_is_opened(graph, data, kept):
    listener = TopicListener(graph.probe, "/camera/jpeg", CompressedImage)
    publisher = graph.probe.create_publisher(CompressedImage, "/camera/jpeg", 10)
    message = CompressedImage(format="jpeg", data=data)

    def heard():
        publisher.publish(message)
        listener.look()
        return listener.received().sample

    assert graph.spin_until(heard)
    for _ in range(2):  # the second look finds no new message
        sample = listener.received().sample
        assert sample["format"] == "jpeg" and not sample["data"]
        assert {key: str(sample[key])[: len(str(value))] for key, value in kept.items()} == {
            key: str(value) for key, value in kept.items()
        }
