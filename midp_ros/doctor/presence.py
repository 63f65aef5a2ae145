"""Presence and namespace of a robot to examine; imports nothing of ROS."""

from __future__ import annotations

from midp_ros.doctor.expectation import Expectation
from midp_ros.doctor.expected_topic import ARM_STATE
from midp_ros.doctor.finding import NO_ROBOT, Finding, Status
from midp_ros.doctor.snapshot import Snapshot

ROBOT_TOPICS = ("/joint_states", "/robot_state", "/current_pose")


def examine_presence(expectation: Expectation, snapshot: Snapshot) -> list[Finding]:
    """One failed row where the graph holds no robot, or holds it in another namespace; else none."""
    if not any(snapshot.published(ending) for ending in ROBOT_TOPICS):
        return [_nothing(snapshot)]
    arms = snapshot.published(f"/{ARM_STATE}")
    if not arms or expectation.resolve(ARM_STATE) in arms:
        return []
    namespaces = [topic.removesuffix(f"/{ARM_STATE}") or "/" for topic in arms]
    remedy = f"ask again with --namespace {namespaces[0]}"
    wanted = f"/{expectation.namespace.strip('/')}"
    return [Finding("namespace", "presence", Status.FAILED, f"arms in {', '.join(namespaces)}", wanted, remedy)]


def _nothing(snapshot: Snapshot) -> Finding:
    remedy = (
        "start the robot's driver or `midp launch sim`. If it runs: ROS_DOMAIN_ID must be the same there and here; if "
        "it runs on another machine, set ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET (Humble: ROS_LOCALHOST_ONLY=0) on both"
    )
    found = f"{len(snapshot.nodes)} nodes, no state of an arm" if snapshot.nodes else "no node at all"
    return Finding(NO_ROBOT, "presence", Status.FAILED, found, "an arm's state topics", remedy)
