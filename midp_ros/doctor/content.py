"""Checks of what a state message says: names, prefix and values; imports core and kinematics."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from midp_ros.core.contract import IMAGE_ENCODINGS
from midp_ros.doctor.expected_topic import JOINT_STATE, POSE, ExpectedTopic
from midp_ros.doctor.finding import Finding, Status
from midp_ros.doctor.snapshot import Received
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.robot_match import ROBOT_OF_TYPE

FIRST_JOINT = re.compile(rf"(?:(?P<prefix>.+)_)?(?P<type>{'|'.join(ROBOT_OF_TYPE)})_(?:finger_)?joint1")
LIMIT_TOLERANCE = 1e-3  # [rad] and [m]: encoders at a stop


def content_rows(expected: ExpectedTopic, profile: RobotProfile, received: Received) -> list[Finding]:
    """Rows on the last message of a topic, by its type."""
    if expected.type == JOINT_STATE and expected.joints:
        names = _names(expected, received.sample)
        return [names] if names.status is Status.FAILED else [names, _joint_values(expected, profile, received.sample)]
    if min(expected.size) > 0:
        return [_picture(expected, received.sample)]
    if expected.type == POSE:
        return [_pose_values(expected, received.sample["pose"])]
    return []


def fitting(names: list[str]) -> str:
    """Options of `midp doctor` under which these joint names would be right; empty where no profile knows them."""
    for name in names:
        if match := FIRST_JOINT.fullmatch(name):
            robot = ROBOT_OF_TYPE[match["type"]]
            options = {"--robot": robot, "--robot-type": match["type"], "--arm-prefix": match["prefix"]}
            return " ".join(f"{o} {v}" for o, v in options.items() if v and (o, v) != ("--robot-type", robot))
    return ""


def _names(expected: ExpectedTopic, sample: dict[str, Any]) -> Finding:
    names, wanted = sample["name"], _span(expected.joints)
    if len(set(names)) != len(names):
        remedy = "two sources are merged under the same names: give one an arm_prefix"
        return Finding(expected.topic, "names", Status.FAILED, f"a name twice: {', '.join(names)}", wanted, remedy)
    if absent := [joint for joint in expected.joints if joint not in names]:
        found = f"no {_span(absent)}, but {_span(names)}" if names else "no names"
        return Finding(expected.topic, "names", Status.FAILED, found, wanted, _names_remedy(names))
    places = [names.index(joint) for joint in expected.joints]
    order = "" if places == sorted(places) else " in another order (harmless: read by name)"
    return Finding(expected.topic, "names", Status.OK, wanted + order, wanted)


def _picture(expected: ExpectedTopic, sample: dict[str, Any]) -> Finding:
    """Encoding and size; of a compressed one, whose size is inside, whether it can be read."""
    tall, wide = expected.size
    wanted = f"at least {wide} x {tall} pixels in colour"
    if "unreadable" in sample:
        remedy = "let the driver publish JPEG or PNG in colour, e.g. by image_transport's `compressed`"
        return Finding(expected.topic, "picture", Status.FAILED, sample["unreadable"], wanted, remedy)
    compressed = "format" in sample
    found = f"{sample['width']} x {sample['height']}, {sample['format'] if compressed else sample['encoding']}"
    if not compressed and sample["encoding"] not in IMAGE_ENCODINGS:
        remedy = f"let the driver publish one of {', '.join(IMAGE_ENCODINGS)}"
        return Finding(expected.topic, "picture", Status.FAILED, found, wanted, remedy)
    if sample["height"] < tall or sample["width"] < wide:
        remedy = "the policy sees it enlarged, and blurred: raise the camera's resolution"
        return Finding(expected.topic, "picture", Status.WARNING, found, wanted, remedy)
    return Finding(expected.topic, "picture", Status.OK, found, wanted)


def _names_remedy(names: list[str]) -> str:
    if fit := fitting(names):
        return f"if this is the arm that you mean: ask again with {fit}, and tell the nodes the same"
    return "no profile in config/robots knows these names: add one, or correct the driver's robot_type"


def _span(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} .. {names[-1]}"


def _joint_values(expected: ExpectedTopic, profile: RobotProfile, sample: dict[str, Any]) -> Finding:
    values, topic = sample["position"], expected.topic
    if len(values) != len(sample["name"]):
        found = f"{len(values)} positions for {len(sample['name'])} names"
        return Finding(topic, "values", Status.FAILED, found, "one each", "the publisher is broken: restart it")
    by_name = dict(zip(sample["name"], values, strict=True))
    bad = [f"{joint} = {by_name[joint]}" for joint in expected.joints if not math.isfinite(by_name[joint])]
    if bad:
        remedy = "a policy refuses such a state: restart the driver, look into its log"
        return Finding(topic, "values", Status.FAILED, ", ".join(bad), "finite numbers", remedy)
    outside = [
        f"{joint} = {by_name[joint]:.4f} (limits {low:g} to {high:g})"
        for joint, (low, high) in zip(expected.joints, _limits(expected, profile), strict=True)
        if not low - LIMIT_TOLERANCE <= by_name[joint] <= high + LIMIT_TOLERANCE
    ]
    if outside:
        remedy = f"guide it back by hand; if it stands well, {profile.name!r} is the wrong profile (--robot)"
        return Finding(topic, "values", Status.WARNING, ", ".join(outside), "inside the limits", remedy)
    return Finding(topic, "values", Status.OK, "inside limits", "inside the limits")


def _limits(expected: ExpectedTopic, profile: RobotProfile) -> Iterator[tuple[float, float]]:
    if len(expected.joints) == len(profile.finger_joint_names):
        return iter([(0.0, profile.gripper_width_max_m / 2)] * len(expected.joints))
    return zip(profile.position_min_rad, profile.position_max_rad, strict=True)


def _pose_values(expected: ExpectedTopic, pose: dict[str, Any]) -> Finding:
    position, quaternion = [list(pose[key].values()) for key in ("position", "orientation")]
    if not all(map(math.isfinite, position + quaternion)):
        found, wanted = f"position {position}, orientation {quaternion}", "finite numbers"
        return Finding(expected.topic, "values", Status.FAILED, found, wanted, "the publisher is broken: restart it")
    if abs(math.hypot(*quaternion) - 1.0) > 0.01:
        found, remedy = f"quaternion of length {math.hypot(*quaternion):.3f}", "the publisher must fill the orientation"
        return Finding(expected.topic, "values", Status.FAILED, found, "length 1", remedy)
    return Finding(expected.topic, "values", Status.OK, "a proper pose", "a proper pose")
