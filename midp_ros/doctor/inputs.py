"""Checks of the controllers' inputs: one subscriber, one publisher; imports nothing of ROS."""

from __future__ import annotations

from midp_ros.doctor.compatibility import unheard
from midp_ros.doctor.expectation import Expectation
from midp_ros.doctor.expected_topic import JOINT_STATE, TRAJECTORY
from midp_ros.doctor.finding import Finding, Status
from midp_ros.doctor.snapshot import Endpoint, Snapshot
from midp_ros.doctor.topics import stamp_rows

ACTIVATE = "load and activate a controller (`ros2 control list_controllers` shows what runs), or `midp launch sim`"


def examine_inputs(expectation: Expectation, snapshot: Snapshot) -> list[Finding]:
    """Rows on the joint_trajectory_controller's and the follower's input; one of the two is enough."""
    stream = expectation.resolve(expectation.stream_topic)
    inputs = {expectation.trajectory_topic: TRAJECTORY, stream: JOINT_STATE}
    served = [topic for topic in inputs if snapshot.subscribers.get(topic)]
    rows = [_unserved(topic, snapshot) for topic in inputs if topic not in served and snapshot.publishers.get(topic)]
    rows += _controllers(expectation, inputs, served, snapshot)
    for topic in served:
        rows += _input(topic, inputs[topic], snapshot)
    received = snapshot.received.get(stream)
    return rows + (stamp_rows(stream, snapshot) if stream in served and received and received.messages else [])


def _input(topic: str, kind: str, snapshot: Snapshot) -> list[Finding]:
    publishers, subscribers = snapshot.publishers.get(topic, ()), snapshot.subscribers[topic]
    return [_type(topic, kind, (*publishers, *subscribers)), _subscribers(topic, subscribers),
            _publishers(topic, publishers), *_qos(topic, publishers, subscribers)]  # fmt: skip


def _type(topic: str, kind: str, ends: tuple[Endpoint, ...]) -> Finding:
    wrong = [f"{e.node}: {e.type}" for e in ends if e.type != kind]
    if not wrong:
        return Finding(topic, "type", Status.OK, kind.split("/")[-1], kind)
    remedy = "publishers and subscribers of different types never connect: use one type, or another topic"
    return Finding(topic, "type", Status.FAILED, ", ".join(wrong), kind, remedy)


def _subscribers(topic: str, subscribers: tuple[Endpoint, ...]) -> Finding:
    nodes = ", ".join(e.node for e in subscribers)
    if len(subscribers) == 1:
        return Finding(topic, "subscribers", Status.OK, f"received by {nodes}", "one")
    remedy = "two arms would move on one command: stop one, or give each its ROS_DOMAIN_ID or namespace"
    return Finding(topic, "subscribers", Status.FAILED, f"{len(subscribers)} listen: {nodes}", "one", remedy)


def _publishers(topic: str, publishers: tuple[Endpoint, ...]) -> Finding:
    nodes = ", ".join(e.node for e in publishers)
    if len(publishers) > 1:
        remedy = "stop all but one: the arm would jump between their commands, and some controllers then ignore all"
        return Finding(topic, "publishers", Status.FAILED, f"{len(publishers)} command: {nodes}", "one", remedy)
    found = f"commanded by {nodes}" if publishers else "no publisher yet"
    return Finding(topic, "publishers", Status.OK, found, "one")


def _qos(topic: str, publishers: tuple[Endpoint, ...], subscribers: tuple[Endpoint, ...]) -> list[Finding]:
    deaf = unheard(publishers, subscribers)
    if not deaf:
        return []
    remedy = "publish reliably: the controller asks for that"
    return [Finding(topic, "qos", Status.FAILED, f"{', '.join(deaf)} receives nothing", "compatible", remedy)]


def _unserved(topic: str, snapshot: Snapshot) -> Finding:
    nodes = ", ".join(e.node for e in snapshot.publishers[topic])
    remedy = f"switch {nodes} to the input that is served (output:=trajectory or stream), or {ACTIVATE}"
    return Finding(topic, "subscribers", Status.FAILED, f"{nodes} commands, no subscriber", "one", remedy)


def _controllers(
    expectation: Expectation, inputs: dict[str, str], served: list[str], snapshot: Snapshot
) -> list[Finding]:
    """An input without a subscriber: a controller of another name, or none at all."""
    others = sorted(
        topic for topic, ends in snapshot.subscribers.items()
        if any(e.type == TRAJECTORY for e in ends) and topic not in inputs
    )  # fmt: skip
    if expectation.trajectory_topic in served or (served and not others):
        return []
    status = Status.WARNING if served else Status.FAILED
    if not others:
        return [Finding("controllers", "inputs", status, "no controller listens", " or ".join(inputs), ACTIVATE)]
    controller = others[0].split("/")[-2]
    remedy = f"start the policy with arm_controller:={controller}, and ask again with --arm-controller {controller}"
    found = f"{others[0]} is listened to"
    return [Finding("controllers", "inputs", status, found, expectation.trajectory_topic, remedy)]
