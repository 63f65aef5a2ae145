"""Compatibility of publishers' and subscribers' quality of service; imports nothing of ROS."""

from __future__ import annotations

from collections.abc import Iterable

from midp_ros.doctor.snapshot import BEST_EFFORT, RELIABLE, TRANSIENT_LOCAL, VOLATILE, Endpoint


def compatible(publisher: Endpoint, subscriber: Endpoint) -> bool:
    """Whether the offered quality of service is at least the requested one (DDS: requested versus offered)."""
    if publisher.reliability == BEST_EFFORT and subscriber.reliability == RELIABLE:
        return False
    return not (publisher.durability == VOLATILE and subscriber.durability == TRANSIENT_LOCAL)


def unheard(publishers: Iterable[Endpoint], subscribers: Iterable[Endpoint]) -> list[str]:
    """Nodes with a subscription that receives nothing from at least one of the publishers."""
    publishers = list(publishers)
    return sorted({s.node for s in subscribers if not all(compatible(p, s) for p in publishers)})
