"""How every node starts, spins and stops; imports rclpy."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from midp_ros.core.errors import MidpError
from midp_ros.nodes.ros.real_time import LOOP_PRIORITY, real_time_problem

POLL_S = 0.2


def run(factory: Callable[[], Node], args: list[str] | None = None, real_time: bool = False) -> None:
    """Spins the node until SIGINT, SIGTERM or until its `exit_code` is set, and leaves the process with that code.

    A user's error ends in one line and code 1, an interruption in code 0; neither shows a traceback.

    Args:
        real_time: go before everything that has no real-time priority, where that is allowed.
    """
    stop: list[int] = []
    problem = real_time_problem(LOOP_PRIORITY) if real_time else ""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: stop.append(number))
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    node, code = None, 0
    try:
        node = factory()
        if problem:
            node.get_logger().warning(f"chunks may be late on a busy machine: {problem}")
        gc.freeze()  # a collection of everything takes 50 ms
        node.get_logger().info("ready")
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        while not stop and getattr(node, "exit_code", None) is None:
            executor.spin_once(timeout_sec=POLL_S)
        code = getattr(node, "exit_code", None) or 0
    except ExternalShutdownException:
        pass
    except MidpError as e:
        print(f"error: {e}", file=sys.stderr)
        code = 1
    finally:
        gc.unfreeze()
        _close(node)
        rclpy.try_shutdown()
    sys.exit(code)


def _close(node: Any) -> None:
    if node is None:
        return
    if hasattr(node, "close"):
        node.close()  # what must be said to the robot before the node goes
    node.destroy_node()
