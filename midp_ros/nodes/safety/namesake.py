"""Whether a node's name is another one's, too: a request for it then reaches both. Imports rclpy."""

from __future__ import annotations

from rclpy.node import Node


def namesake(node: Node) -> str:
    """Why one answer must not count, with the remedy; empty where the node is alone with its name."""
    own = node.get_name(), node.get_namespace()
    if node.get_node_names_and_namespaces().count(own) < 2:
        return ""
    name = node.get_fully_qualified_name()
    return f"another node is called {name}, too: end one of them (one that was killed is gone within 25 s)"
