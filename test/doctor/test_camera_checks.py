"""A contract's cameras: rate, stamps, encoding and size of their pictures."""

from __future__ import annotations

import pytest
from healthy import FR3, HEADER, endpoint, healthy, received

from midp_ros.control.observations.image_reader import CHANNELS
from midp_ros.core.contract import IMAGE_ENCODINGS, Contract
from midp_ros.doctor import Expectation, Status, diagnose

CONTRACT = Contract.load("reach_pixels")
IMAGE = "sensor_msgs/msg/Image"
FRONT, WRIST = (image.topic for image in CONTRACT.images)


def picture(**changes):
    return {"header": HEADER, "height": 240, "width": 320, "encoding": "rgb8", "step": 960, **changes}


def compressed(**inside):
    return {"header": HEADER, "format": "jpeg", **inside}


def with_cameras(front=None, rate_hz=30.0, age_s=0.03, without=()):
    snapshot = healthy()
    for topic, sample in ((FRONT, front or picture()), (WRIST, picture())):
        if topic not in without:
            snapshot.publishers[topic] = (endpoint("/camera", IMAGE),)
            found = received(IMAGE, rate_hz, sample)
            snapshot.received[topic] = type(found)(**{**vars(found), "age_s": age_s})
    return snapshot


def problems(snapshot):
    rows = diagnose(snapshot, Expectation(FR3, contract=CONTRACT))
    return {row.to_dict()["check"]: row for row in rows if row.status is not Status.OK}


def test_good_cameras_are_well():
    assert problems(with_cameras()) == {}
    assert problems(with_cameras(front=compressed(height=240, width=320))) == {}


@pytest.mark.parametrize(
    ("snapshot", "row", "status", "words"),
    [
        (with_cameras(without=(FRONT,)), f"{FRONT}: presence", Status.FAILED, "start the camera's driver"),
        (with_cameras(front=picture(encoding="16UC1")), f"{FRONT}: picture", Status.FAILED, "one of rgb8, bgr8"),
        (with_cameras(front=picture(height=48)), f"{FRONT}: picture", Status.WARNING, "raise the camera's resolution"),
        (
            with_cameras(front=compressed(height=240, width=8)),
            f"{FRONT}: picture", Status.WARNING, "raise the camera's resolution",
        ),
        (with_cameras(front=compressed(unreadable="no JPEG")), f"{FRONT}: picture", Status.FAILED, "JPEG or PNG"),
    ],
)
def test_what_is_wrong_with_a_camera_is_one_row(snapshot, row, status, words):
    (found,) = problems(snapshot).items()
    assert found[0] == row and found[1].status is status and words in found[1].remedy


def test_slow_and_late_cameras_are_found():
    assert set(problems(with_cameras(rate_hz=5.0))) == {f"{FRONT}: rate", f"{WRIST}: rate"}
    assert set(problems(with_cameras(age_s=0.9))) == {f"{FRONT}: stamp", f"{WRIST}: stamp"}


def test_the_encodings_that_it_knows_are_those_that_are_read():
    assert set(IMAGE_ENCODINGS) == set(CHANNELS)
