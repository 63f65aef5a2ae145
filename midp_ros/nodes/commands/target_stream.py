"""Streams joint targets at absolute deadlines, in a process of its own; imports control, conversions and rclpy.

In the policy's process a stream would wait for Python's interpreter lock whenever a chunk is being shaped.
`stream_output.StreamOutput` starts this process and orders what it does, by `(method, *arguments)` over a socket. When
the other end is gone it brings the stream to its end, which is at rest, and leaves.
"""

from __future__ import annotations

import gc
import json
import signal
import socket
import sys
import time
from typing import Any

import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import JointState

from midp_ros.control.streaming.command_timing import CommandTiming
from midp_ros.control.streaming.deadlines import Deadlines
from midp_ros.control.streaming.setpoint_stream import SetpointStream, Target
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.stamp import seconds
from midp_ros.nodes.commands.message_socket import MessageSocket
from midp_ros.nodes.commands.output_report import CLOSED, DELIVERY, OPENED, OutputReport, StreamSetup
from midp_ros.nodes.ros.conversions import joint_state_message
from midp_ros.nodes.ros.endpoints import participant
from midp_ros.nodes.ros.packed_message import PackedMessage
from midp_ros.nodes.ros.real_time import STREAM_PRIORITY, real_time_problem

LAST_WORD_S = 0.001  # before a deadline nothing new is taken up, which would make the target late
STALLED_S = 0.02  # between a target and its publication, after which it is stale
LONGEST_STOP_S = 2.0  # that coming to rest may take; with DELIVERY less than StreamOutput waits for


class TargetStream:
    """Samples the trajectory that it was sent last, or holds; silent until it is sent something.

    Args:
        process: this process' id in the graph, for the reports.
    """

    def __init__(self, node: Node, setup: StreamSetup, orders: MessageSocket, process: bytes):
        self._node, self._setup, self._orders, self._process = node, setup, orders, process
        self._figures = CommandTiming(1.0 / setup.rate_hz)
        self._deadlines = Deadlines(1.0 / setup.rate_hz, time.monotonic())
        rest = np.zeros(len(setup.joint_names))
        self._message = PackedMessage(joint_state_message(setup.joint_names, 0.0, rest, rest))
        self._position, self._velocity = self._message.numbers("position"), self._message.numbers("velocity")
        limits = setup.velocity_max_rad_s, setup.acceleration_max_rad_s2, setup.jerk_max_rad_s3
        self._targets = SetpointStream(1.0 / setup.rate_hz, *(np.array(limit) for limit in limits))
        self._publisher: Any = None
        self._end_s: float | None = None
        self._beat_s, self._data = time.monotonic(), b""
        self._observed_s: float | None = None
        self._clock_executor = SingleThreadedExecutor()
        if setup.use_sim_time:
            self._clock_executor.add_node(node)  # which receives /clock

    def run(self) -> None:
        """Until the other end is gone and the targets rest."""
        missed = 0
        while not (self._orders.gone and self._publisher is None):
            streams = self._streams
            self._listen()
            if not streams:  # with nothing to publish no deadline is missed
                self._deadlines.skip(time.monotonic())
                missed = 0
            if self._setup.use_sim_time:
                self._clock_executor.spin_once(timeout_sec=0)
            self._beat(missed)
            missed = self._deadlines.done(time.monotonic())

    # --- orders -------------------------------------------------------------------------------------------------------
    def open(self) -> None:
        """Joins the topic, which may take 100 ms, and answers OPENED."""
        self._publisher = self._node.create_publisher(JointState, self._setup.topic, 1)
        self._end_s = None
        self.hush()
        self._orders.put(OPENED)

    def follow(self, trajectory: JointTrajectory, observed_s: float | None) -> None:
        """Samples it from now on; for the response's figures, with when what it answers to was published [s]."""
        self._targets.follow(trajectory, self._now_s())
        self._observed_s = observed_s

    def hold(self, position_rad: Any) -> None:
        """Publishes this position from now on, whatever it published before."""
        self._targets.hold(position_rad)
        self._observed_s = None

    def freeze(self) -> None:
        """Goes on publishing the last target."""
        self._targets.freeze()
        self._observed_s = None

    def hush(self) -> None:
        """Publishes nothing more."""
        self._targets.forget()
        self._observed_s = None

    def close(self) -> None:
        """Streams on until the targets rest, leaves the topic and answers CLOSED."""
        self._end_s = time.monotonic() + LONGEST_STOP_S

    def report(self) -> None:
        """Answers with a report."""
        listeners = self._publisher.get_subscription_count() if self._publisher else 0
        targets, stream = self._targets, self._figures.stream
        figures = self._figures.response, stream.jitter, stream.missed
        self._orders.put(OutputReport(listeners, self._process, targets.begun, targets.interrupted_s, *figures))

    # --- inside ------------------------------------------------------------------------------------------------------
    def _now_s(self) -> float:
        return seconds(self._node.get_clock().now().nanoseconds)

    def _listen(self) -> None:
        """Takes orders until the next deadline; looks at least once, however near that is."""
        left_s = 1.0
        while not self._orders.gone and left_s > 0.0:
            for name, *arguments in self._orders.get(self._left_s() - LAST_WORD_S):
                getattr(self, name)(*arguments)
            if self._orders.gone:
                self.close()
            left_s = self._left_s() - LAST_WORD_S
        time.sleep(max(0.0, self._left_s()))

    def _left_s(self) -> float:
        return self._deadlines.next_s - time.monotonic()

    @property
    def _streams(self) -> bool:
        """Whether there is something to publish."""
        return self._publisher is not None and self._targets.any

    def _beat(self, missed: int) -> None:
        begun, moving = self._targets.begun, False
        target = self._next()
        # Stopped on the way, this process would publish what a follower must not receive any more.
        if target is not None and time.monotonic() > self._beat_s + STALLED_S:
            self._targets.withdraw()
            target = self._next()
        if target is None:
            self._figures.silent()
        else:
            self._publisher.publish(self._data)
            if not begun:  # the middleware may take long over a first message; the arm is at rest
                self._targets.left(self._now_s())
                self._beat_s = time.monotonic()
            self._figures.departed(self._observed_s, missed)
            self._observed_s, moving = None, bool(target.velocity_rad_s.any())
        if self._end_s is not None and not (moving and time.monotonic() < self._end_s):
            self._leave()

    def _next(self) -> Target | None:
        """The target of this moment, with its message in `_data`."""
        began_s = time.monotonic()  # before all else: this process may be stopped at any line
        now_s = self._now_s()  # zero before the first /clock
        if self._publisher is None or now_s <= 0.0:
            target = None
        else:
            target = self._targets.next(now_s, began_s - self._beat_s)
        self._beat_s = began_s
        if target is not None:
            self._message.stamp(target.time_s)
            self._position[:], self._velocity[:] = target.position_rad, target.velocity_rad_s
            self._data = self._message.to_bytes()
        return target

    def _leave(self) -> None:
        if self._publisher is not None:
            self._publisher.wait_for_all_acked(DELIVERY)
            self._node.destroy_publisher(self._publisher)
        self._publisher = self._end_s = None
        self.hush()
        self._figures.silent()
        self._orders.put(CLOSED)


def main() -> None:
    """Entry point: the arguments are a socket's file descriptor and the setup as JSON."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the process that started this one stops it
        signal.signal(number, signal.SIG_IGN)
    orders = MessageSocket(socket.socket(fileno=int(sys.argv[1])))
    setup = StreamSetup(**json.loads(sys.argv[2]))
    problem = real_time_problem(STREAM_PRIORITY)  # before there are the middleware's threads, which take it on
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    overrides = [Parameter("use_sim_time", value=setup.use_sim_time)]
    node = rclpy.create_node(setup.node, namespace=setup.namespace, parameter_overrides=overrides)
    if problem:
        node.get_logger().warning(f"joint targets may be late on a busy machine: {problem}")
    gc.freeze()  # a collection looks only at what is new
    TargetStream(node, setup, orders, participant(node)).run()
    node.destroy_node()
    rclpy.try_shutdown()


if __name__ == "__main__":
    main()
