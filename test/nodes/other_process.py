"""A node as another process would have it, without the process: a context of its own is another participant."""

from contextlib import contextmanager

import rclpy


@contextmanager
def other_process(name):
    """A plain node; as discovery takes a moment, wait for what it has."""
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node(name, context=context)
    try:
        yield node
    finally:
        node.destroy_node()
        rclpy.shutdown(context=context)
