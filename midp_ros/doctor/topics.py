"""Checks of one state topic: publishers, type, rate and clock; imports kinematics."""

from __future__ import annotations

from midp_ros.doctor.compatibility import unheard
from midp_ros.doctor.content import content_rows
from midp_ros.doctor.expected_topic import CLOCK, ExpectedTopic
from midp_ros.doctor.finding import Finding, Status
from midp_ros.doctor.frames import frame_rows
from midp_ros.doctor.snapshot import Endpoint, Received, Snapshot
from midp_ros.kinematics import RobotProfile

RATE_TOLERANCE = 0.95
FRESH_S, FUTURE_S = 0.1, -0.05
STALE_S = 0.5  # franka_follower_controllers and our policy refuse older messages
CLOCKS_DIFFER_S = 0.05


def examine_topic(expected: ExpectedTopic, profile: RobotProfile, snapshot: Snapshot) -> list[Finding]:
    """Every row of a topic; none for a missing one that is not needed."""
    publishers = snapshot.publishers.get(expected.topic, ())
    if not publishers:
        return [_missing(expected, snapshot)] if expected.missing else []
    received = snapshot.received.get(expected.topic)
    rows = [_publishers(expected, publishers), _type(expected, publishers, received), *_qos(expected, snapshot)]
    if rows[1].status is not Status.OK:
        return rows
    if received is None or not received.messages:
        return [*rows, _silence(expected, publishers, snapshot)]
    return [
        *rows,
        _rate(expected, received),
        *stamp_rows(expected.topic, snapshot),
        *frame_rows(expected, received.sample, snapshot.parents),
        *content_rows(expected, profile, received),
    ]


def stamp_rows(topic: str, snapshot: Snapshot) -> list[Finding]:
    """Whether messages are stamped, and by the same clock as ours; nothing for messages without a header."""
    received = snapshot.received[topic]
    if "header" not in received.sample:
        return []
    if received.age_s is None:
        remedy = "the publisher must fill header.stamp; until then the time of arrival stands in for it"
        return [Finding(topic, "stamp", Status.WARNING, "not stamped", "header.stamp", remedy)]
    clock = snapshot.received.get(CLOCK)
    simulated = clock is not None and clock.age_s is not None
    age_s = received.age_s - (clock.age_s if clock and clock.age_s is not None else 0.0)
    name = "/clock" if simulated else "this machine's clock"
    found = f"stamped {abs(age_s):.3f} s {'ahead of' if age_s < 0 else 'behind'} {name}"
    expected = f"within {FRESH_S:g} s of {name}"
    if FUTURE_S <= age_s <= FRESH_S:
        return [Finding(topic, "stamp", Status.OK, f"stamps {1000 * max(age_s, 0.0):.0f} ms old", expected)]
    status = Status.FAILED if abs(age_s) > STALE_S else Status.WARNING
    return [Finding(topic, "stamp", status, found, expected, _clock_remedy(received, simulated))]


def _clock_remedy(received: Received, simulated: bool) -> str:
    if received.delay_s is not None and abs(received.delay_s) > CLOCKS_DIFFER_S:
        apart = f"{abs(received.delay_s):.2f} s"
        return f"the two machines' clocks differ by about {apart}: synchronise them (chrony or NTP)"
    if simulated:
        return "/clock is published: start every node with use_sim_time:=true, or stop what publishes /clock"
    return "the publisher stamps by another clock or passes old data on; use_sim_time must be the same in all nodes"


def _missing(expected: ExpectedTopic, snapshot: Snapshot) -> Finding:
    assert expected.missing is not None
    remedy = expected.missing_remedy
    # A topic in the root namespace is a suffix of many others.
    namesakes = snapshot.published(expected.topic) if expected.topic.count("/") > 1 else []
    if namesakes:
        remedy = f"{namesakes[0]} is published: remap one to the other"
    return Finding(expected.topic, "presence", expected.missing, "no publisher", expected.type, remedy)


def _publishers(expected: ExpectedTopic, publishers: tuple[Endpoint, ...]) -> Finding:
    nodes = ", ".join(e.node for e in publishers)
    if len(publishers) == 1:
        return Finding(expected.topic, "publishers", Status.OK, f"from {nodes}", "one")
    remedy = "two robots or simulations publish at once: stop one, or give each its ROS_DOMAIN_ID or namespace"
    return Finding(expected.topic, "publishers", Status.FAILED, f"{len(publishers)}: {nodes}", "one", remedy)


def _type(expected: ExpectedTopic, publishers: tuple[Endpoint, ...], received: Received | None) -> Finding:
    types = sorted({e.type for e in publishers})
    if types != [expected.type]:
        remedy = "another kind of node publishes under this name: stop it, or remap it"
        return Finding(expected.topic, "type", Status.FAILED, ", ".join(types), expected.type, remedy)
    ours = received.type_hash if received else ""
    if ours and any(e.type_hash and e.type_hash != ours for e in publishers):
        remedy = "the message is defined differently on the two sides: build the same version of its package on both"
        return Finding(expected.topic, "type", Status.FAILED, f"another {expected.type}", expected.type, remedy)
    return Finding(expected.topic, "type", Status.OK, expected.type.split("/")[-1], expected.type)


def _qos(expected: ExpectedTopic, snapshot: Snapshot) -> list[Finding]:
    """A best-effort subscriber receives from every publisher; one that requests more may receive nothing."""
    publishers = snapshot.publishers[expected.topic]
    deaf = unheard(publishers, snapshot.subscribers.get(expected.topic, ()))
    offered = " and ".join(sorted({e.reliability for e in publishers}))
    if not deaf:
        return [Finding(expected.topic, "qos", Status.OK, offered, "received by a best-effort subscriber")]
    found = f"{offered}; {', '.join(deaf)} receives nothing"
    remedy = "subscribe best-effort and volatile (qos_profile_sensor_data)"
    return [Finding(expected.topic, "qos", Status.WARNING, found, "no reliable subscriber", remedy)]


def _silence(expected: ExpectedTopic, publishers: tuple[Endpoint, ...], snapshot: Snapshot) -> Finding:
    nodes = ", ".join(e.node for e in publishers)
    remedy = (
        f"see that {nodes} runs and its controller is active (`ros2 control list_controllers`); from another machine, "
        "that no firewall drops its UDP packets and that it runs the same ROS distribution"
    )
    if expected.topic in snapshot.unreadable:
        remedy = f"{snapshot.unreadable[expected.topic]}: install that message package here"
    return Finding(expected.topic, "rate", Status.FAILED, "no message arrived", "messages", remedy)


def _rate(expected: ExpectedTopic, received: Received) -> Finding:
    rate_hz = received.rate_hz or 0.0
    found = f"{rate_hz:.0f} Hz" if rate_hz >= 10 else f"{rate_hz:.1f} Hz"
    if rate_hz < RATE_TOLERANCE * expected.least_hz:
        wanted = f"at least the contract's {expected.least_hz:g} Hz"
        return Finding(expected.topic, "rate", Status.FAILED, found, wanted, expected.slow_remedy)
    wanted = f"at least {expected.good_hz:g} Hz"
    if rate_hz < RATE_TOLERANCE * expected.good_hz:
        return Finding(expected.topic, "rate", Status.WARNING, found, wanted, expected.slow_remedy)
    return Finding(expected.topic, "rate", Status.OK, found, wanted)
