"""The ROS graph and its messages as plain data for the doctor; imports doctor and rclpy."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rclpy.utilities import get_rmw_implementation_identifier

from midp_ros.doctor import Endpoint, Process, Service

RELIABILITY = {ReliabilityPolicy.RELIABLE: "reliable", ReliabilityPolicy.BEST_EFFORT: "best effort"}
DURABILITY = {DurabilityPolicy.VOLATILE: "volatile", DurabilityPolicy.TRANSIENT_LOCAL: "transient local"}
Ends = dict[str, tuple[Endpoint, ...]]


def read_process() -> Process:
    """The settings that decide whom this process can meet."""
    discovery = next(
        (f"{name}={os.environ[name]}" for name in ("ROS_DISCOVERY_SERVER", "ROS_STATIC_PEERS") if os.environ.get(name)),
        os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET"),
    )
    if os.environ.get("ROS_LOCALHOST_ONLY") == "1":
        discovery = "LOCALHOST"
    distribution = os.environ.get("ROS_DISTRO") or "ROS from wheels"
    return Process(get_rmw_implementation_identifier(), os.environ.get("ROS_DOMAIN_ID", "0"), discovery, distribution)


def read_endpoints(node: Node) -> tuple[Ends, Ends]:
    """Publishers and subscribers of every topic, without the node's own."""
    topics = [name for name, _ in node.get_topic_names_and_types()]
    return (
        {topic: _others(node, node.get_publishers_info_by_topic, topic) for topic in topics},
        {topic: _others(node, node.get_subscriptions_info_by_topic, topic) for topic in topics},
    )


def own_type_hash(node: Node, topic: str) -> str:
    """Of the type that the node subscribes to the topic with; empty where this ROS knows no type hashes."""
    ends = (_endpoint(info) for info in node.get_subscriptions_info_by_topic(topic))
    return next((end.type_hash for end in ends if end.node == node.get_fully_qualified_name()), "")


def read_nodes(node: Node) -> tuple[tuple[str, str], ...]:
    """Name and namespace of every other node."""
    own = (node.get_name(), node.get_namespace())
    return tuple(sorted(found for found in set(node.get_node_names_and_namespaces()) if found != own))


def read_services(node: Node) -> dict[str, Service]:
    """Every service that a node serves, hidden ones of actions included."""
    servers: dict[str, tuple[str, list[str]]] = {}
    for name, namespace in read_nodes(node):
        for service, types in node.get_service_names_and_types_by_node(name, namespace):
            servers.setdefault(service, (types[0], []))[1].append(full_name(name, namespace))
    return {name: Service(kind, tuple(nodes)) for name, (kind, nodes) in servers.items()}


def full_name(name: str, namespace: str) -> str:
    """As ROS writes a node's name."""
    return f"{namespace.rstrip('/')}/{name}"


def message_type(name: str) -> Any:
    """The class of `package/msg/Name`; raises ImportError or AttributeError where it is not installed."""
    package, _, message = name.split("/")
    return getattr(import_module(f"{package}.msg"), message)


def plain(message: Any) -> Any:
    """A message's fields by name, all the way down; arrays become lists."""
    if hasattr(message, "get_fields_and_field_types"):
        return {name: plain(getattr(message, name)) for name in message.get_fields_and_field_types()}
    if hasattr(message, "tolist"):
        return message.tolist()
    return [plain(item) for item in message] if isinstance(message, list | tuple) else message


def _others(node: Node, infos: Callable[[str], list[Any]], topic: str) -> tuple[Endpoint, ...]:
    own = node.get_fully_qualified_name()
    return tuple(end for end in map(_endpoint, infos(topic)) if end.node != own)


def _endpoint(info: Any) -> Endpoint:
    return Endpoint(
        node=full_name(info.node_name, info.node_namespace),
        type=info.topic_type,
        type_hash=_type_hash(info),
        gid=bytes(info.endpoint_gid).hex(),
        reliability=RELIABILITY.get(info.qos_profile.reliability, "unknown"),
        durability=DURABILITY.get(info.qos_profile.durability, "unknown"),
    )


def _type_hash(info: Any) -> str:
    found = str(getattr(info, "topic_type_hash", ""))  # Humble has none
    return found if found.startswith("RIHS") else ""
