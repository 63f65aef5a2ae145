"""Checks of the frames that messages are in: the expected one, or one that /tf leads from; imports nothing of ROS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from midp_ros.doctor.expected_topic import FRAMED, ExpectedTopic
from midp_ros.doctor.finding import Finding, Status


def frame_rows(expected: ExpectedTopic, sample: Mapping[str, Any], parents: Mapping[str, str]) -> list[Finding]:
    """One row where a frame is expected, else none.

    Args:
        parents: of the frames on /tf, by child.
    """
    if not expected.frames or "header" not in sample:
        return []
    frame, wanted = sample["header"]["frame_id"].lstrip("/"), " or ".join(expected.frames)
    if frame in expected.frames:
        return [Finding(expected.topic, "frame", Status.OK, repr(frame), wanted)]
    if not frame:
        remedy = f"the publisher must fill header.frame_id, as {expected.frames[0]!r}: the policy holds without it"
        return [Finding(expected.topic, "frame", Status.FAILED, "no frame_id", wanted, remedy)]
    if expected.type not in FRAMED:
        remedy = "the policy holds: such a message cannot be transformed; correct the frame, or the contract"
        return [Finding(expected.topic, "frame", Status.FAILED, repr(frame), wanted, remedy)]
    if way := _way(frame, expected.frames, parents):
        return [Finding(expected.topic, "frame", Status.OK, f"{frame!r}, by /tf: {' -> '.join(way)}", wanted)]
    remedy = (
        f"the policy holds: publish the transform from {frame!r} to {expected.frames[0]!r} (a calibrated camera: "
        f"ros2 run tf2_ros static_transform_publisher --frame-id {expected.frames[0]} --child-frame-id {frame} ...), "
        "or the values in that frame"
    )
    return [Finding(expected.topic, "frame", Status.FAILED, f"{frame!r}, which /tf does not lead from", wanted, remedy)]


def _way(frame: str, targets: Sequence[str], parents: Mapping[str, str]) -> list[str]:
    """Frames from one to the first of its targets, up and down the tree of /tf; empty where there is no way."""
    up = _ancestors(frame, parents)
    for target in targets:
        down = _ancestors(target, parents)
        if common := next((each for each in up if each in down), None):
            return [*up[: up.index(common) + 1], *reversed(down[: down.index(common)])]
    return []


def _ancestors(frame: str, parents: Mapping[str, str]) -> list[str]:
    chain = [frame]
    while (parent := parents.get(chain[-1])) is not None and parent not in chain:
        chain.append(parent)
    return chain
