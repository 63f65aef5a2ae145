"""A ROS graph during a few seconds, as plain data; imports nothing of ROS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

RELIABLE, BEST_EFFORT = "reliable", "best effort"
VOLATILE, TRANSIENT_LOCAL = "volatile", "transient local"
ACTION_GOAL = "/_action/send_goal"
# rmw_dds_common's names for nodes whose participant it cannot read.
UNKNOWN_NODES = ("_NODE_NAME_UNKNOWN_", "_CREATED_BY_BARE_DDS_APP_")


@dataclass(frozen=True)
class Process:
    """The process that took the snapshot."""

    rmw: str
    domain_id: str
    discovery: str
    distribution: str


@dataclass(frozen=True)
class Endpoint:
    """A publisher or a subscriber; gid in hexadecimal, type_hash empty where the sender publishes none (Humble)."""

    node: str
    type: str
    type_hash: str = ""
    gid: str = ""
    reliability: str = RELIABLE
    durability: str = VOLATILE

    @property
    def name_known(self) -> bool:
        """Whether its participant has announced its node."""
        return not self.node.endswith(UNKNOWN_NODES)


@dataclass(frozen=True)
class Received:
    """The messages received on a topic.

    Attributes:
        type_hash: of the listener's own type.
        messages: their number.
        rate_hz: of their arrival; None with fewer than two.
        age_s: the least time from a message's stamp to its arrival; None without a stamp.
        delay_s: the least time from sending to arrival by the two machines' clocks; None where DDS does not provide it.
        sample: the last message, its fields by name.
    """

    type_hash: str = ""
    messages: int = 0
    rate_hz: float | None = None
    age_s: float | None = None
    delay_s: float | None = None
    sample: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A service and the nodes that serve it."""

    type: str
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Snapshot:
    """The graph without the observing node; topics, services and nodes by their full names.

    Attributes:
        unreadable: topics that could not be subscribed to, with the reason.
        parents: of the frames on /tf and /tf_static, by child.
        velocity_limits: of joints by name [rad/s], in the robot descriptions by topic.
    """

    process: Process
    nodes: tuple[str, ...] = ()
    publishers: Mapping[str, tuple[Endpoint, ...]] = field(default_factory=dict)
    subscribers: Mapping[str, tuple[Endpoint, ...]] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    received: Mapping[str, Received] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    velocity_limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def actions(self) -> dict[str, str]:
        """Types of the actions that have a server, by name."""
        return {
            name.removesuffix(ACTION_GOAL): service.type.removesuffix("_SendGoal")
            for name, service in self.services.items()
            if name.endswith(ACTION_GOAL)
        }

    def published(self, ending: str) -> list[str]:
        """Topics with a publisher whose name ends so."""
        return sorted(topic for topic, ends in self.publishers.items() if ends and topic.endswith(ending))

    def to_dict(self) -> dict[str, Any]:
        """Plain data; the inverse of `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Snapshot:
        """From plain data, e.g. from JSON."""
        return cls(
            process=Process(**data["process"]),
            nodes=tuple(data["nodes"]),
            publishers={topic: tuple(Endpoint(**e) for e in ends) for topic, ends in data["publishers"].items()},
            subscribers={topic: tuple(Endpoint(**e) for e in ends) for topic, ends in data["subscribers"].items()},
            services={name: Service(s["type"], tuple(s["nodes"])) for name, s in data["services"].items()},
            received={topic: Received(**h) for topic, h in data["received"].items()},
            unreadable=dict(data["unreadable"]),
            parents=dict(data["parents"]),
            velocity_limits={topic: dict(limits) for topic, limits in data["velocity_limits"].items()},
        )
