"""Checks that contract, profile and the robot on the graph are one robot; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from midp_ros.core.errors import MidpError
from midp_ros.doctor.expectation import Expectation
from midp_ros.doctor.finding import Finding, Status
from midp_ros.doctor.snapshot import Snapshot
from midp_ros.kinematics import RobotProfile, available_robots
from midp_ros.kinematics.robot_match import robot_difference

# Velocity limits tell one robot of Franka's from another: 2.62 and 5.26 rad/s of an FR3, 2.175 and 2.61 of a Panda.
SAME_VELOCITY = 0.1  # of the limit: descriptions are rounded


def examine_robot(expectation: Expectation, snapshot: Snapshot) -> list[Finding]:
    """Rows on the contract's robot, where there is a contract, and on the limits of the robot's description."""
    return [*_contract(expectation), *_description(expectation, snapshot)]


def _contract(expectation: Expectation) -> list[Finding]:
    if (contract := expectation.contract) is None:
        return []
    expected = f"a contract for {expectation.profile.name!r}"
    difference = robot_difference(contract.robot, expectation.profile, expectation.robot_type)
    if not difference:
        return [Finding("contract", "robot", Status.OK, f"for {contract.robot!r}", expected)]
    remedy = (
        f"the policy refuses it: use a model for {expectation.profile.name!r}, or ask with --robot {contract.robot}"
    )
    return [Finding("contract", "robot", Status.FAILED, difference, expected, remedy)]


def _description(expectation: Expectation, snapshot: Snapshot) -> list[Finding]:
    topic = expectation.resolve("robot_description")
    limits, names = snapshot.velocity_limits.get(topic, {}), expectation.names.joint_names
    if not all(name in limits for name in names):
        return []  # other names are found where joint states are
    observed = [limits[name] for name in names]
    expected = f"{expectation.profile.name}: {_text(expectation.profile.velocity_max_rad_s)} rad/s"
    if _same(observed, expectation.profile):
        return [Finding(topic, "limits", Status.OK, f"those of {expectation.profile.name}", expected)]
    found = f"velocity limits {_text(observed)} rad/s"
    others = [p for p in map(_profile, available_robots()) if p is not None and _same(observed, p)]
    if any(_is_slower(expectation.profile, other) for other in others):
        return [Finding(topic, "limits", Status.OK, f"{found}; the profile keeps to lower ones", expected)]
    if others:
        name = others[0].name
        remedy = f"this robot is a {name!r}: use a model for it, and ask again with --robot {name}"
        return [Finding(topic, "limits", Status.FAILED, f"{found}, those of {name}", expected, remedy)]
    remedy = "if these are right, give the robot a profile of its own (--robot FILE.yaml)"
    return [Finding(topic, "limits", Status.WARNING, found, expected, remedy)]


def _is_slower(profile: RobotProfile, other: RobotProfile) -> bool:
    """Whether a profile is of the other's robot, with limits of its own within the other's."""
    same_robot = profile.own_type == other.own_type and profile.joints == other.joints
    return same_robot and bool((profile.velocity_max_rad_s <= other.velocity_max_rad_s).all())


def _same(observed: Sequence[float], profile: RobotProfile) -> bool:
    if len(observed) != profile.joints:
        return False
    limits = profile.velocity_max_rad_s
    return bool((np.abs(np.array(observed) - limits) <= SAME_VELOCITY * limits).all())


def _profile(name: str) -> RobotProfile | None:
    try:
        return RobotProfile.load(name)
    except MidpError:
        return None


def _text(limits: Sequence[float] | Mapping[str, float] | np.ndarray) -> str:
    return ", ".join(f"{float(limit):g}" for limit in limits)
