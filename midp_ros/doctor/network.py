"""Checks of the middleware: which nodes can communicate at all; imports nothing of ROS."""

from __future__ import annotations

from midp_ros.doctor.expected_topic import CLOCK
from midp_ros.doctor.finding import Finding, Status
from midp_ros.doctor.snapshot import Endpoint, Snapshot

# RTPS vendor ids: the first two bytes of every GUID that these two make.
VENDORS = {"010f": "rmw_fastrtps_cpp", "0110": "rmw_cyclonedds_cpp"}


def examine_network(snapshot: Snapshot) -> list[Finding]:
    """Rows on this process, on foreign middleware, on nodes without names and on /clock."""
    p = snapshot.process
    found = f"domain {p.domain_id}, discovery {p.discovery}, {p.rmw}, {p.distribution}"
    rows = [Finding("network", "this process", Status.OK, found, "as in the robot's own nodes")]
    return [*rows, _middleware(snapshot), *_nameless(snapshot), *_clock(snapshot)]


def _ends(snapshot: Snapshot) -> list[Endpoint]:
    groups = (*snapshot.publishers.values(), *snapshot.subscribers.values())
    return [end for ends in groups for end in ends]


def _middleware(snapshot: Snapshot) -> Finding:
    ours = snapshot.process.rmw
    others: dict[str, set[str]] = {}
    for end in _ends(snapshot):
        vendor = VENDORS.get(end.gid[:4], ours)
        if not ours.startswith(vendor.removesuffix("_cpp")):
            others.setdefault(vendor, set()).add(end.node)
    if not others:
        return Finding("network", "RMW", Status.OK, "one middleware", "one")
    found = "; ".join(f"{vendor}: {', '.join(sorted(nodes))}" for vendor, nodes in sorted(others.items()))
    remedy = (
        f"{ours} exchanges topics with them, but no services, actions or parameters: "
        f"export RMW_IMPLEMENTATION={sorted(others)[0]} here, or {ours} there"
    )
    return Finding("network", "RMW", Status.FAILED, found, ours, remedy)


def _nameless(snapshot: Snapshot) -> list[Finding]:
    topics = {
        topic for ends in (snapshot.publishers, snapshot.subscribers) for topic, group in ends.items()
        if any(not e.name_known for e in group)
    }  # fmt: skip
    if not topics:
        return []
    remedy = (
        "their services and actions cannot be seen from here: run the doctor under the ROS distribution and "
        "RMW_IMPLEMENTATION that the robot runs (Humble and Jazzy do not read each other's nodes)"
    )
    found = f"{len(topics)} topics of nodes without a name, e.g. {min(topics)}"
    return [Finding("network", "nodes", Status.WARNING, found, "nodes with names", remedy)]


def _clock(snapshot: Snapshot) -> list[Finding]:
    publishers = snapshot.publishers.get(CLOCK, ())
    if not publishers:
        return []
    nodes = ", ".join(e.node for e in publishers)
    if len(publishers) > 1:
        remedy = "time would jump: stop all but one"
        return [Finding(CLOCK, "publishers", Status.FAILED, f"{len(publishers)}: {nodes}", "one", remedy)]
    return [Finding(CLOCK, "publishers", Status.OK, f"simulated time from {nodes}", "one")]
