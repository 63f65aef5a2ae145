"""How every node spins and stops; imports rclpy."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy._rclpy_pybind11 import RCLError
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from midp_ros.core.errors import MidpError
from midp_ros.nodes.ros.real_time import LOOP_PRIORITY, real_time_problem
from midp_ros.nodes.ros.waiting import ClockWait

POLL_S = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class RosError(MidpError):
    """ROS could not be started."""


def run(
    factory: Callable[[], Node],
    args: list[str] | None = None,
    real_time: bool = False,
    priority: int = LOOP_PRIORITY,
    risk: str = "chunks may be late on a busy machine",
) -> None:
    """Spins the node until a signal or until its `exit_code` is set, and leaves the process with that code.

    The signals are SIGINT, SIGTERM and SIGHUP; what a closed terminal or nohup has had ignored stays ignored.
    A user's error ends in one line and code 1, an interruption in code 0; neither shows a traceback.

    Args:
        real_time: go before everything that has no real-time priority, where that is allowed.
        priority: among those that have one.
        risk: what happens where it is not allowed, for the warning.
    """
    stop: list[int] = []
    problem = real_time_problem(priority) if real_time else ""
    for number in SIGNALS:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, frame: stop.append(number))
    node, code = None, 0
    try:
        initialise(args)
        node = factory()
        if problem:
            node.get_logger().warning(f"{risk}: {problem}")
        waiting = ClockWait(node)
        gc.freeze()  # a collection of everything takes 50 ms
        node.get_logger().info("ready")
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        while not stop and getattr(node, "exit_code", None) is None:
            executor.spin_once(timeout_sec=POLL_S)
            waiting.look()
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
        for number in SIGNALS:  # the process is ending anyway, and Python's own end is no place for an exception
            signal.signal(number, signal.SIG_IGN)
    sys.exit(code)


def initialise(args: list[str] | None = None) -> None:
    """rclpy.init without its signal handlers; raises RosError for what is wrong with arguments or environment."""
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except (RCLError, RuntimeError, ValueError) as e:
        raise RosError(f"ROS does not start: {str(e).strip().splitlines()[0]}") from None


def _close(node: Any) -> None:
    if node is None:
        return
    if hasattr(node, "close"):
        node.close()  # what must be said to the robot before the node goes
    node.destroy_node()
